import { manualClock, until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { type Child, CONFIGURATION_EXIT_CODE, RESTART_PAUSES_MS, STABLE_AFTER_MS, superviseChild } from './child.ts';

const fixture = new URL('./child.fixture.ts', import.meta.url).pathname;
const children: Child[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});

function supervise(args: readonly string[]) {
  const clock = manualClock();
  const lines: string[] = [];
  const seen = { givenUp: 0 };
  const child = superviseChild({
    name: 'operator',
    main: fixture,
    args,
    env: { ...process.env, MARK: 'm' },
    clock,
    print: (line) => lines.push(line),
    onGivenUp: () => {
      seen.givenUp++;
    },
  });
  children.push(child);
  const ups = () => lines.filter((line) => line.includes(': up')).length;
  const ends = () => lines.filter((line) => line.startsWith('operator ended')).length;
  return { child, clock, lines, seen, ups, ends };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('its log lines come with its name, and it is told to end with its parent', async () => {
  const { lines, ups } = supervise(['stay']);
  await until(() => ups() === 1);
  expect(lines).toEqual(['operator: up mark=m parent=1']);
});

test('killed, it is started again at once', async () => {
  const { child, clock, lines, ups, ends } = supervise(['stay']);
  await until(() => ups() === 1);
  const first = child.pid()!;
  process.kill(first, 'SIGKILL');
  await until(() => ends() === 1);
  expect(child.pid()).toBeUndefined();
  clock.advance(0);
  await until(() => ups() === 2);
  expect(child.pid()).not.toBe(first);
  expect(lines[1]).toBe('operator ended (SIGKILL), starting it again');
});

test('what dies again and again is started after growing pauses', async () => {
  const { clock, lines, ups, ends } = supervise(['exit', '1']);
  for (const [index, pauseMs] of [...RESTART_PAUSES_MS, RESTART_PAUSES_MS.at(-1)!].entries()) {
    await until(() => ends() === index + 1 && ups() === index + 1);
    const told = pauseMs === 0 ? 'starting it again' : `starting it again in ${pauseMs} ms`;
    expect(lines.filter((line) => line.startsWith('operator ended')).at(-1)).toBe(
      `operator ended (exit code 1), ${told}`,
    );
    if (pauseMs > 0) {
      clock.advance(pauseMs - 1);
      expect(ups()).toBe(index + 1);
    }
    clock.advance(1);
  }
});

test('one that ran for a while starts again at once, whatever was before', async () => {
  const { child, clock, lines, ups, ends } = supervise(['stay']);
  for (let round = 1; round <= 3; round++) {
    await until(() => ups() === round);
    clock.advance(STABLE_AFTER_MS);
    process.kill(child.pid()!, 'SIGKILL');
    await until(() => ends() === round);
    expect(lines.at(-1)).toBe('operator ended (SIGKILL), starting it again');
    clock.advance(0);
  }
});

test('a fault of its configuration is not tried again', async () => {
  const { child, clock, lines, seen, ups } = supervise(['exit', String(CONFIGURATION_EXIT_CODE)]);
  await until(() => seen.givenUp === 1 && ups() === 1);
  clock.advance(60_000);
  expect(child.pid()).toBeUndefined();
  expect(lines).toContain('operator cannot run (exit code 2)');
  expect(ups()).toBe(1);
});

test('stop ends it by SIGTERM and does not start it again', async () => {
  const { child, clock, lines, ups } = supervise(['stay']);
  await until(() => ups() === 1);
  const pid = child.pid()!;
  await child.stop(1_000);
  clock.advance(60_000);
  expect(isAlive(pid)).toBe(false);
  expect(child.pid()).toBeUndefined();
  expect(lines).toHaveLength(1);
});

test('stop kills what does not end within the grace period', async () => {
  const { child, clock, lines, ups } = supervise(['stubborn']);
  await until(() => ups() === 1);
  const pid = child.pid()!;
  const stopped = child.stop(1_000);
  await until(() => lines.includes('operator: not yet'));
  clock.advance(999);
  expect(isAlive(pid)).toBe(true);
  clock.advance(1);
  await stopped;
  expect(isAlive(pid)).toBe(false);
});

test('stop between two starts cancels the next one', async () => {
  const { child, clock, ups, ends } = supervise(['exit', '1']);
  await until(() => ends() === 1 && ups() === 1);
  await child.stop(1_000);
  clock.advance(60_000);
  expect(child.pid()).toBeUndefined();
});
