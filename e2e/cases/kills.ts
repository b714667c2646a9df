/** kill -9 of each part under load, with small numbers. */
import { expect, test } from 'vitest';
import { hands } from '../hands.ts';
import { killOperator } from '../scenarios/kill-operator.ts';
import { killPods, killProxy } from '../scenarios/kills.ts';
import type { System } from '../system.ts';

/** @param system with two proxies, which nobody else uses meanwhile */
export function killCases(system: () => System): void {
  const { asleep } = hands(system);

  test('kill -9 of one pod of three fails only what it had begun to answer or may not run twice', async () => {
    const { explained, requests, unexplained, ranTwice } = await killPods(system(), 1);
    expect(requests).toBeGreaterThan(200);
    expect(unexplained).toEqual([]);
    // Else the kill met no request, and shows nothing.
    expect(explained).toBeGreaterThan(0);
    expect(ranTwice).toEqual([]);
  });

  test('kill -9 of one of two proxies: the other serves on, the killed one comes back, and all sleeps again', async () => {
    const { cutOff, failuresAtOther, failuresAfter, podsEnded, backAfterMs } = await killProxy(system());
    // Else the kill met no request, and shows nothing.
    expect(cutOff).toBeGreaterThan(0);
    expect(failuresAtOther).toEqual([]);
    expect(failuresAfter).toEqual([]);
    expect(podsEnded).toBe(0);
    expect(backAfterMs).toBeLessThan(5_000);
    await asleep('two-ways', 90_000);
  });

  test('kill -9 of the operator while demand grows or falls fails nothing, and no pod ends before a window has passed', async () => {
    const result = await killOperator(system(), 1);
    const { answeredMeanwhile, failures, wronglyEnded, keptPids, podsAtFirstKill, firstEndAfterMs } = result;
    expect(failures).toEqual([]);
    expect(answeredMeanwhile).toBe(200);
    expect(wronglyEnded).toEqual([]);
    expect(keptPids).toBe(podsAtFirstKill);
    expect(firstEndAfterMs).toBeGreaterThan(6_000);
  });
}
