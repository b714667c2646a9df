/** Requests that arrive while a workload goes to sleep: none may fail, and none may reach an app that was told to stop. */
import { until } from '@rouse/contract/testing';
import type { AppEvent } from '../app/app-log.ts';
import { type Hands, hands, hostOf } from '../hands.ts';
import { request } from '../request.ts';
import type { System } from '../system.ts';
import { requestsAfterSigterm } from './app-log-checks.ts';
import { percentile } from './percentile.ts';

export interface SleepsResult {
  readonly sleeps: number;
  readonly requests: number;
  readonly failures: readonly string[];
  /** Requests that arrived between the first armed PUT, where that is seen, and the app's SIGTERM: the window that matters. */
  readonly within: number;
  /** From the first armed PUT to SIGTERM in sleeps that no request disturbed, ms. */
  readonly spansMs: readonly number[];
  /** Lines of the app's log that show a request after its SIGTERM. */
  readonly afterSigterm: readonly string[];
}

const BEFORE_ARMING_MS = 50;
const AFTER_SIGTERM_MS = 50;
/** First guess of how long arming to SIGTERM takes; then what undisturbed sleeps really took. */
const FIRST_SPAN_MS = 100;

export interface SleepsOptions {
  readonly workloads: number;
  /** Sleeps of each. */
  readonly rounds: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Told from outside, where that is possible: when a workload was first armed, Unix ms; a round deletes its own. */
  readonly armedAtMs?: Map<string, number>;
}

/**
 * `workloads` × `rounds`: each is woken, left idle, and sent one request at a random moment around its arming, at one of
 * all proxies.
 */
export async function sleeps(system: System, options: SleepsOptions): Promise<SleepsResult> {
  const { workloads, rounds, random, armedAtMs = new Map<string, number>() } = options;
  const own = hands(() => system);
  const names = Array.from({ length: workloads }, (_, index) => `sleeper-${index}`);
  const proxies = await system.proxies();
  const failures: string[] = [];
  const arrivals: { readonly name: string; readonly atMs: number }[] = [];
  const windows: { readonly name: string; readonly fromMs: number; readonly untilMs: number }[] = [];
  const spansMs: number[] = [];
  const send = async (name: string, id: string): Promise<void> => {
    const { address, port } = proxies[Math.floor(random() * proxies.length)]!;
    try {
      const { status } = await request(port, hostOf(name), '/', { address, headers: { 'x-id': id } });
      if (status !== 200) failures.push(`${id}: ${status}`);
    } catch (error) {
      failures.push(`${id}: ${error}`);
    }
  };
  const oneWorkload = async (name: string): Promise<void> => {
    const annotations = { 'autoscaling.knative.dev/window': '6s' };
    await own.create({ name, annotations, env: { EXIT_ON_SIGTERM_AT_ONCE: '1' } });
    await own.asleep(name);
    for (let round = 0; round < rounds; round++) {
      await send(name, `${name}-wake-${round}`);
      armedAtMs.delete(name);
      const seenPods = new Set(sigterms(own.appLog(), name).map(({ pod }) => pod));
      const sleepsInMs = await goesToSleepSoon(own, name);
      const spanMs = spansMs.length < 3 ? FIRST_SPAN_MS : percentile(spansMs, 0.5);
      const waitMs = sleepsInMs - BEFORE_ARMING_MS + random() * (BEFORE_ARMING_MS + spanMs + AFTER_SIGTERM_MS);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
      const atMs = Date.now();
      arrivals.push({ name, atMs });
      await send(name, `${name}-late-${round}`);
      const ended = await until(
        () => sigterms(own.appLog(), name).find(({ pod }) => !seenPods.has(pod)),
        `${name} told to stop`,
        60_000,
      );
      const armed = armedAtMs.get(name);
      if (armed !== undefined) windows.push({ name, fromMs: armed, untilMs: ended.atMs });
      if (armed !== undefined && (atMs < armed || atMs > ended.atMs)) spansMs.push(ended.atMs - armed);
      await own.asleep(name);
    }
  };
  await Promise.all(names.map(oneWorkload));
  const within = arrivals.filter(({ name, atMs }) =>
    windows.some((span) => span.name === name && atMs >= span.fromMs && atMs <= span.untilMs),
  ).length;
  return {
    sleeps: workloads * rounds,
    requests: workloads * rounds * 2,
    failures,
    within,
    spansMs,
    afterSigterm: requestsAfterSigterm(own.appLog().filter(({ pod }) => pod.startsWith('sleeper-'))),
  };
}

function sigterms(log: readonly AppEvent[], name: string): AppEvent[] {
  return log.filter(({ event, pod }) => event === 'sigterm' && pod.startsWith(`${name}-`));
}

/** Until the arming, as the operator last predicted it, is less than a second away. @returns in how many ms it is due */
async function goesToSleepSoon({ workload }: Hands, name: string): Promise<number> {
  let dueAtMs = Number.POSITIVE_INFINITY;
  await until(
    async () => {
      const { sleepsInMs } = await workload(name);
      // A prediction stands while a busy machine gives no later one: else the moment is missed.
      if (sleepsInMs !== null) dueAtMs = performance.now() + sleepsInMs;
      return performance.now() > dueAtMs - 1_000;
    },
    `${name} to be about to sleep`,
    60_000,
    50,
  );
  return dueAtMs - performance.now();
}
