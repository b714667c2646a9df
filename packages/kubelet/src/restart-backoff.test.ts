import { expect, test } from 'vitest';
import { restartBackoff } from './restart-backoff.ts';

test('the first restart comes at once, then after 10, 20, 40, 80, 160 and at most 300 s', () => {
  const backoff = restartBackoff();
  const delays = Array.from({ length: 9 }, () => backoff.next(50) / 1000);
  expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
});

test('a container that ran ten minutes starts over, one that ran a little less does not', () => {
  const backoff = restartBackoff();
  for (let count = 0; count < 4; count++) backoff.next(0);
  expect(backoff.next(599_999)).toBe(80_000);
  expect(backoff.next(600_000)).toBe(0);
  expect(backoff.next(0)).toBe(10_000);
});
