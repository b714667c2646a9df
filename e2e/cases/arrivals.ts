/** Requests that come all at once, first, or just as a workload goes to sleep, with small numbers. */
import { expect, test } from 'vitest';
import { bursts, wakes } from '../scenarios/bursts.ts';
import { percentile } from '../scenarios/percentile.ts';
import { sleeps } from '../scenarios/sleeps.ts';
import type { System } from '../system.ts';

export function burstCases(system: () => System): void {
  test('bursts on sleeping workloads: wishes only rise, end where the burst asks, and all is answered', async () => {
    const [small, large] = await bursts(system(), [90, 300]);
    for (const [burst, wanted] of [
      [small!, 1],
      [large!, 3],
    ] as const) {
      expect(burst.wishes.at(-1)).toBe(wanted);
      expect(burst.wishes).toEqual([...new Set(burst.wishes)].sort((a, b) => a - b));
      expect([...burst.statuses]).toEqual([[200, burst.size]]);
      // The requirement is 100 ms; a machine that runs other tests beside gets more.
      expect(burst.rightSizedAfterMs).toBeLessThan(500);
    }
  });

  test('a first request is followed by the write of its replica within milliseconds', async () => {
    const { patchedMs } = await wakes(system(), 5);
    expect(patchedMs).toHaveLength(5);
    // The requirement is 10 ms for 99 of 100; here a busy machine may delay some.
    expect(percentile(patchedMs, 0.5)).toBeLessThan(50);
  });
}

/** @param armedAtMs where it can be seen from outside */
export function sleepCases(system: () => System, armedAtMs?: () => Map<string, number>): void {
  test('no request fails around a sleep, and none reaches an app after its SIGTERM', async () => {
    const options = { workloads: 8, rounds: 1, random: Math.random };
    const seen = armedAtMs === undefined ? {} : { armedAtMs: armedAtMs() };
    const { failures, afterSigterm, requests } = await sleeps(system(), { ...options, ...seen });
    expect(requests).toBe(16);
    expect(failures).toEqual([]);
    expect(afterSigterm).toEqual([]);
  });
}
