/** Requests that arrive while a workload goes to sleep: none may fail, and none may reach an app that was told to stop. */
import { until } from '@rouse/contract/testing';
import { startPieces } from '../pieces.ts';
import { startRelay } from '../relay.ts';
import { request } from '../request.ts';
import { percentile } from './percentile.ts';

export interface SleepsResult {
  readonly sleeps: number;
  readonly requests: number;
  readonly failures: readonly string[];
  /** Requests that arrived between the first armed PUT and the app's SIGTERM: the window that matters. */
  readonly within: number;
  /** From the first armed PUT to SIGTERM in sleeps that no request disturbed, ms. */
  readonly spansMs: readonly number[];
  /** Lines of the app's log that show a request after its SIGTERM. */
  readonly afterSigterm: readonly string[];
}

/** The relay's longest delay of one chunk, one way. */
const CONTROL_DELAY_MS = 50;
const BEFORE_ARMING_MS = 50;
const AFTER_SIGTERM_MS = 50;
/** First guess of how long arming to SIGTERM takes; then what undisturbed sleeps really took. */
const FIRST_SPAN_MS = 100;

/**
 * `workloads` × `sleeps` rounds on two proxies, the second one's control traffic delayed by 0–50 ms: each round is
 * woken, left idle, and sent one request at a random moment around its arming.
 */
export async function sleeps(workloads: number, perWorkload: number, random: () => number): Promise<SleepsResult> {
  const armedAtMs = new Map<string, number>();
  const names = Array.from({ length: workloads }, (_, index) => `sleeper-${index}`);
  const relays: { close(): void }[] = [];
  const pieces = await startPieces({
    apps: names.map((name) => ({
      name,
      annotations: { 'autoscaling.knative.dev/window': '6s' },
      env: { EXIT_ON_SIGTERM_AT_ONCE: '1' },
    })),
    proxies: 2,
    adminUrl: async (adminPort, index) => {
      const relay = await startRelay({
        targetPort: adminPort,
        maxDelayMs: index === 1 ? CONTROL_DELAY_MS : 0,
        random,
        onRequestBytes: (chunk) => noteArmed(chunk.toString('latin1'), armedAtMs),
      });
      relays.push(relay);
      return `http://127.0.0.1:${relay.port}`;
    },
  });
  try {
    const failures: string[] = [];
    const arrivals: { readonly name: string; readonly atMs: number; readonly round: number }[] = [];
    const windows: { readonly name: string; readonly fromMs: number; readonly untilMs: number }[] = [];
    const spansMs: number[] = [];
    const send = async (name: string, id: string): Promise<void> => {
      const port = pieces.proxies[Math.floor(random() * 2)]!.port;
      try {
        const { status } = await request(port, `${name}.default.example.com`, '/', { headers: { 'x-id': id } });
        if (status !== 200) failures.push(`${id}: ${status}`);
      } catch (error) {
        failures.push(`${id}: ${error}`);
      }
    };
    const oneWorkload = async (name: string): Promise<void> => {
      for (let round = 0; round < perWorkload; round++) {
        await send(name, `${name}-wake-${round}`);
        armedAtMs.delete(name);
        const seenPods = new Set(sigterms(pieces.appLog(), name));
        await goesToSleepSoon(pieces, name);
        const { sleepsInMs } = await pieces.workload(name);
        const spanMs = spansMs.length < 3 ? FIRST_SPAN_MS : percentile(spansMs, 0.5);
        const waitMs = (sleepsInMs ?? 0) - BEFORE_ARMING_MS + random() * (BEFORE_ARMING_MS + spanMs + AFTER_SIGTERM_MS);
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
        const atMs = Date.now();
        arrivals.push({ name, atMs, round });
        await send(name, `${name}-late-${round}`);
        const ended = await until(
          () =>
            pieces
              .appLog()
              .find((line) => line.event === 'sigterm' && line.pod.startsWith(`${name}-`) && !seenPods.has(line.pod)),
          `${name} told to stop`,
          60_000,
        );
        const armed = armedAtMs.get(name);
        if (armed !== undefined) windows.push({ name, fromMs: armed, untilMs: ended.atMs });
        if (armed !== undefined && (atMs < armed || atMs > ended.atMs)) spansMs.push(ended.atMs - armed);
        await until(async () => (await pieces.workload(name)).state === 'asleep', `${name} asleep`, 30_000);
      }
    };
    await Promise.all(names.map(oneWorkload));
    const within = arrivals.filter(({ name, atMs }) =>
      windows.some((span) => span.name === name && atMs >= span.fromMs && atMs <= span.untilMs),
    ).length;
    return {
      sleeps: workloads * perWorkload,
      requests: workloads * perWorkload * 2,
      failures,
      within,
      spansMs,
      afterSigterm: requestsAfterSigterm(pieces.appLog()),
    };
  } finally {
    for (const relay of relays) relay.close();
    await pieces.close();
  }
}

type Log = ReturnType<Awaited<ReturnType<typeof startPieces>>['appLog']>;

function sigterms(log: Log, name: string): string[] {
  return log.filter((line) => line.event === 'sigterm' && line.pod.startsWith(`${name}-`)).map((line) => line.pod);
}

function requestsAfterSigterm(log: Log): string[] {
  const told = new Set<string>();
  const wrong: string[] = [];
  for (const line of log) {
    if (line.event === 'sigterm') told.add(line.pod);
    else if (line.event === 'request' && told.has(line.pod)) wrong.push(`${line.pod} ${line.detail}`);
  }
  return wrong;
}

/** The first PUT that arms a pod of a workload, as it leaves the operator. */
function noteArmed(text: string, armedAtMs: Map<string, number>): void {
  for (const piece of text.split('"key":"').slice(1)) {
    const name = piece.slice(piece.indexOf('/') + 1, piece.indexOf('"'));
    if (piece.includes('"phase":"armed"') && !armedAtMs.has(name)) armedAtMs.set(name, Date.now());
  }
}

/** Until the operator predicts the arming within the next second. */
async function goesToSleepSoon(pieces: Awaited<ReturnType<typeof startPieces>>, name: string): Promise<void> {
  await until(
    async () => {
      const { sleepsInMs } = await pieces.workload(name);
      return sleepsInMs !== null && sleepsInMs < 1_000;
    },
    `${name} to be about to sleep`,
    60_000,
  );
}
