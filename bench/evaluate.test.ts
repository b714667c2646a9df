/** Ratios and promises from rounds. */
import { expect, test } from 'vitest';
import type { Case } from './case.ts';
import { judge, medianOf, ratioOf } from './evaluate.ts';
import type { Round } from './rounds.ts';

// The machine was twice as slow in the second round.
const rounds: Round[] = [
  { rouse: { cpu: 11 }, haproxy: { cpu: 10 } },
  { rouse: { cpu: 24 }, haproxy: { cpu: 20 } },
  { rouse: { cpu: 13 }, haproxy: { cpu: 10 } },
];

function promise(atMost: number, against: 'haproxy' | 'go' | null): Case {
  return {
    name: 'get',
    metrics: [{ key: 'cpu', title: 'GET', unit: 'µs' }],
    targets: [{ metric: 'cpu', peer: 'rouse', against, atMost }],
    measure: () => Promise.reject(new Error('not measured here')),
  };
}

test('a ratio is the median of what each round says by itself', () => {
  expect(ratioOf(rounds, 'rouse', 'haproxy', 'cpu')).toEqual({ median: 1.2, min: 1.1, max: 1.3 });
  expect(medianOf(rounds, 'rouse', 'cpu')).toBe(13);
});

test('a peer that did not take part has no ratio, and nothing is judged by it', () => {
  expect(ratioOf(rounds, 'rouse', 'go', 'cpu')).toBeUndefined();
  expect(judge(promise(1, 'go'), rounds)).toEqual([]);
});

test('a promise holds up to its limit and not beyond', () => {
  expect(judge(promise(1.2, 'haproxy'), rounds)).toMatchObject([{ measured: 1.2, holds: true, unit: '× haproxy' }]);
  expect(judge(promise(1.19, 'haproxy'), rounds)).toMatchObject([{ holds: false }]);
  expect(judge(promise(13, null), rounds)).toMatchObject([{ measured: 13, holds: true, unit: 'µs' }]);
});
