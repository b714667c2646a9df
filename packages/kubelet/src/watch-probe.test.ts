import { type ManualClock, manualClock } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import type { Probe } from './pod.ts';
import type { ProbeResult } from './probe.ts';
import { watchProbe } from './watch-probe.ts';

interface Watched {
  readonly clock: ManualClock;
  /** Times of attempts in s. */
  readonly attempts: number[];
  readonly changes: boolean[];
  readonly unhealthy: string[];
  readonly stop: () => void;
  advance(seconds: number): Promise<void>;
}

/** `answers` says by attempt, from 0, what the probe finds; attempts take no time. */
function watch(probe: Probe, answers: (attempt: number) => ProbeResult['kind']): Watched {
  const clock = manualClock();
  const attempts: number[] = [];
  const changes: boolean[] = [];
  const unhealthy: string[] = [];
  const stop = watchProbe({
    kind: 'readiness',
    probe,
    clock,
    attempt: () => {
      attempts.push(clock.nowMs() / 1000);
      const kind = answers(attempts.length - 1);
      return Promise.resolve(kind === 'success' ? { kind } : { kind, message: 'told so' });
    },
    onChange: (ready) => changes.push(ready),
    onUnhealthy: (message) => unhealthy.push(message),
  });
  return {
    clock,
    attempts,
    changes,
    unhealthy,
    stop,
    async advance(seconds) {
      for (let step = 0; step < seconds * 10; step++) {
        clock.advance(100);
        await Promise.resolve();
        await Promise.resolve();
      }
    },
  };
}

test('the first attempt comes at once, the next by period, and the first success makes it ready', async () => {
  const { advance, attempts, changes, unhealthy } = watch({ periodSeconds: 2 }, (attempt) =>
    attempt < 2 ? 'failure' : 'success',
  );
  await advance(7);
  expect(attempts.map(Math.floor)).toEqual([0, 2, 4, 6]);
  expect(changes).toEqual([true]);
  expect(unhealthy).toEqual(['Readiness probe failed: told so', 'Readiness probe failed: told so']);
});

test('the period is 10 s where the manifest has none, and the initial delay is waited for', async () => {
  const { advance, attempts } = watch({ initialDelaySeconds: 3 }, () => 'success');
  await advance(24);
  expect(attempts.map(Math.floor)).toEqual([3, 13, 23]);
});

test('it takes three failures in a row to lose readiness, and one success to have it again', async () => {
  const script = 'success failure failure success failure failure failure success'.split(' ') as ProbeResult['kind'][];
  const { advance, changes } = watch({ periodSeconds: 1 }, (attempt) => script[attempt] ?? 'success');
  await advance(5.5);
  expect(changes).toEqual([true]);
  await advance(1);
  expect(changes).toEqual([true, false]);
  await advance(1);
  expect(changes).toEqual([true, false, true]);
});

test('a success threshold of 2 wants two in a row', async () => {
  const script = 'success failure success success'.split(' ') as ProbeResult['kind'][];
  const { advance, changes } = watch(
    { periodSeconds: 1, successThreshold: 2, failureThreshold: 1 },
    (at) => script[at] ?? 'success',
  );
  await advance(2.5);
  expect(changes).toEqual([]);
  await advance(1);
  expect(changes).toEqual([true]);
});

test('a probe that cannot be made is told and decides nothing', async () => {
  const { advance, changes, unhealthy } = watch({ periodSeconds: 1, failureThreshold: 1 }, (at) =>
    at === 0 ? 'success' : 'error',
  );
  await advance(3);
  expect(changes).toEqual([true]);
  expect(unhealthy[0]).toBe('Readiness probe errored: told so');
});

test('nothing is attempted or told after the stop', async () => {
  const { advance, attempts, changes, stop } = watch({ periodSeconds: 1 }, () => 'success');
  stop();
  await advance(3);
  expect(attempts).toEqual([]);
  expect(changes).toEqual([]);
});
