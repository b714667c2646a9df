/** Requests that arrive while a workload goes to sleep, with a proxy that hears late of it: a cluster has no place to delay that. */
import { afterAll, beforeAll } from 'vitest';
import { sleepCases } from './cases/arrivals.ts';
import { type DelayedControl, startDelayedControl } from './delayed-control.ts';

let system: DelayedControl | undefined;
beforeAll(async () => {
  system = await startDelayedControl(Math.random);
});
afterAll(() => system?.close());

sleepCases(
  () => system!,
  () => system!.armedAtMs,
);
