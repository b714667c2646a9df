import { expect, test } from 'vitest';
import { sampleFloors as floors, sampleOutcome as outcome, sampleRun } from './sample-run.ts';
import { CYCLE_MS } from './schedule.ts';
import type { SoakRun } from './soak.ts';
import { verdict } from './verdict.ts';

const MINUTE_MS = 60_000;

/** What is told of the promises that such a run breaks. */
function broken(changes: Partial<SoakRun>): string[] {
  return verdict(sampleRun(changes))
    .filter(({ kept }) => !kept)
    .map(({ told }) => told);
}

test('a run in which nothing went wrong keeps every promise', () => {
  expect(broken({})).toEqual([]);
  expect(broken({ outcomes: [outcome({ left: true, complete: false, status: null })] })).toEqual([]);
});

test('a failure is explained by the kill of a pod of its own workload alone, and only where it was under way', () => {
  const cut = { complete: false, fault: 'aborted' };
  expect(broken({ outcomes: [outcome(cut)] })).toEqual([]);
  expect(broken({ outcomes: [outcome({ method: 'POST', status: 502, fault: 'pod-lost' })] })).toEqual([]);
  expect(broken({ outcomes: [outcome({ status: 502, fault: 'pod-lost' })] })[0]).toContain('unexpected failures: 1');
  expect(broken({ outcomes: [outcome({ ...cut, workload: 'api' })] })[0]).toContain('unexpected failures: 1');
  expect(broken({ outcomes: [outcome({ ...cut, startedAtMs: 1_061 })] })[0]).toContain('unexpected failures: 1');
  expect(broken({ outcomes: [outcome({ fault: '"x" in place of "y"' })] })[0]).toContain('unexpected failures: 1');
});

test('memory that grows by more than 1 MiB in ten minutes is found, and one that swings is not', () => {
  const perCycle = CYCLE_MS / (10 * MINUTE_MS);
  const grows = (figure: 'heldMib' | 'rssMib', byMib: number) =>
    broken({ floors: floors((index) => ({ [figure]: 50 + index * perCycle * byMib })) });
  expect(grows('heldMib', 1.2)).toEqual(['proxy: held 51.1 MiB, +1.20 MiB per 10 min']);
  expect(grows('rssMib', 1.2)).toHaveLength(1);
  expect(grows('heldMib', 0.8)).toEqual([]);
  expect(broken({ floors: floors((index) => ({ heldMib: 25 + (index % 2) })) })).toEqual([]);
});

test('in a short run it is the growth in all that is bounded', () => {
  expect(broken({ floors: floors((index) => ({ heldMib: 25 + index }), 3) })).toEqual([]);
  expect(broken({ floors: floors((index) => ({ heldMib: 25 + 4 * index }), 3) })).toHaveLength(1);
});

test('descriptors that get more and more are found, and those that swing are not', () => {
  const descriptors = (count: (index: number) => number, cycles?: number) =>
    broken({ floors: floors((index) => ({ descriptors: count(index) }), cycles) });
  expect(descriptors((index) => 40 + Math.floor(index / 4))).toHaveLength(1);
  expect(descriptors((index) => 40 + (index % 3))).toEqual([]);
  expect(descriptors((index) => 40 + index, 3)).toEqual([]);
  expect(descriptors((index) => 40 + 4 * index, 3)).toHaveLength(1);
});

test('a run in which nothing was killed, or of which nothing can be told, is no success', () => {
  expect(broken({ kills: [] })).toHaveLength(1);
  expect(broken({ floors: [] })).toHaveLength(2);
  expect(
    broken({ awake: ['web'], ranTwice: ['POST 1'], afterSigterm: ['pod'], lastingFaults: ['aborted'] }),
  ).toHaveLength(4);
});
