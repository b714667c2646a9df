/** kill -9 of each part under load, with small numbers. */
import { expect, test } from 'vitest';
import { killOperator } from './scenarios/kill-operator.ts';
import { killPods, killProxy, killSupervisor } from './scenarios/kills.ts';

test('kill -9 of one pod of three fails only what it had begun to answer or may not run twice', async () => {
  const { explained, requests, unexplained, ranTwice } = await killPods(1);
  expect(requests).toBeGreaterThan(200);
  // Else the kill met no request, and shows nothing.
  expect(explained).toBeGreaterThan(0);
  expect(unexplained).toEqual([]);
  expect(ranTwice).toEqual([]);
});

test('kill -9 of the operator while demand grows or falls fails nothing, and no pod ends before a window has passed', async () => {
  const { failures, wronglyEnded, keptPids, podsAtFirstKill, firstEndAfterMs } = await killOperator(1);
  expect(failures).toEqual([]);
  expect(wronglyEnded).toEqual([]);
  expect(keptPids).toBe(podsAtFirstKill);
  expect(firstEndAfterMs).toBeGreaterThan(6_000);
});

test('kill -9 of one of two proxies: the other serves on, and the killed one comes back', async () => {
  const { cutOff, failuresAtOther, failuresAfter, podsEnded, backAfterMs } = await killProxy();
  // Else the kill met no request, and shows nothing.
  expect(cutOff).toBeGreaterThan(0);
  expect(failuresAtOther).toEqual([]);
  expect(failuresAfter).toEqual([]);
  expect(podsEnded).toBe(0);
  expect(backAfterMs).toBeLessThan(5_000);
});

test('kill -9 of rouse dev leaves no process', async () => {
  const { processes, goneAfterMs } = await killSupervisor();
  // Two daemons and three pods at least.
  expect(processes).toBeGreaterThanOrEqual(5);
  expect(goneAfterMs).toBeLessThan(5_000);
});
