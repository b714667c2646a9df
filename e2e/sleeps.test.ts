/** Requests that arrive while a workload goes to sleep, with small numbers. */
import { expect, test } from 'vitest';
import { sleeps } from './scenarios/sleeps.ts';

test('no request fails around a sleep, and none reaches an app after its SIGTERM', async () => {
  const { failures, afterSigterm, requests } = await sleeps(8, 1, Math.random);
  expect(requests).toBe(16);
  expect(failures).toEqual([]);
  expect(afterSigterm).toEqual([]);
});
