import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const FIXTURE = fileURLToPath(new URL('./lifecycle.fixture.ts', import.meta.url));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Run {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves once the output contains `text`. */
  saw(text: string): Promise<void>;
  readonly exit: Promise<number | null>;
}

function run(mode: string, options: { ipc?: boolean; env?: NodeJS.ProcessEnv } = {}): Run {
  const child = spawn(process.execPath, [FIXTURE, mode], {
    stdio: ['ignore', 'pipe', 'inherit', ...(options.ipc ? (['ipc'] as const) : [])],
    env: { ...process.env, ...options.env },
  });
  children.push(child);
  let output = '';
  let check: () => void = () => undefined;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    check();
  });
  const saw = (text: string) =>
    new Promise<void>((resolve) => {
      check = () => output.includes(text) && resolve();
      check();
    });
  // Not the event `close` of the child: Node does not emit it after `disconnect` from this side.
  const exit = Promise.all([once(child, 'exit'), once(child.stdout!, 'close')]).then(
    ([[code]]) => code as number | null,
  );
  return { child, output: () => output, saw, exit };
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s runs the steps in order and exits with 0', async (signal) => {
  const process = run('plain');
  await process.saw('up');
  process.child.kill(signal);
  expect(await process.exit).toBe(0);
  expect(process.output()).toMatch(/shutting down[\s\S]*step first[\s\S]*step second[\s\S]*stopped/);
});

test('a second signal exits at once, with the number of the signal', async () => {
  const process = run('stuck');
  await process.saw('up');
  process.child.kill('SIGTERM');
  await process.saw('step first');
  process.child.kill('SIGINT');
  expect(await process.exit).toBe(130);
  expect(process.output()).not.toContain('step second');
});

test('a step that fails is logged, the others still run, and the exit code tells', async () => {
  const process = run('failing-step');
  await process.saw('up');
  process.child.kill('SIGTERM');
  expect(await process.exit).toBe(1);
  expect(process.output()).toContain('step broke');
  expect(process.output()).toContain('step second');
});

test.each([
  ['throw', 'uncaught error', 'out of nowhere'],
  ['reject', 'unhandled rejection', 'nobody caught'],
])('%s: one fatal line with the error, and exit code 1', async (mode, message, detail) => {
  const process = run(mode);
  expect(await process.exit).toBe(1);
  const fatal = process
    .output()
    .split('\n')
    .filter((line) => line.includes('"fatal"'));
  expect(fatal).toHaveLength(1);
  expect(JSON.parse(fatal[0]!)).toMatchObject({ msg: message, error: { message: detail } });
});

test('a child of rouse dev shuts down when the channel to its parent closes', async () => {
  const process = run('plain', { ipc: true, env: { ROUSE_EXIT_WITH_PARENT: '1' } });
  await process.saw('up');
  process.child.disconnect();
  expect(await process.exit).toBe(0);
  expect(process.output()).toContain('parent is gone');
  expect(process.output()).toContain('step second');
});

test('without that variable a closed channel changes nothing', async () => {
  const process = run('plain', { ipc: true, env: { ROUSE_EXIT_WITH_PARENT: '' } });
  await process.saw('up');
  process.child.disconnect();
  process.child.kill('SIGTERM');
  expect(await process.exit).toBe(0);
  expect(process.output()).not.toContain('parent is gone');
});
