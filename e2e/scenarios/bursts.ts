/** Bursts on a sleeping workload: how high the wish goes, in which steps, and how soon it is right. */
import { until } from '@rouse/contract/testing';
import { type Hands, hands } from '../hands.ts';
import { callOperator } from '../operator-api.ts';
import type { System } from '../system.ts';

export interface BurstResult {
  readonly size: number;
  /** Wishes in order, as the decision records have them. */
  readonly wishes: readonly number[];
  readonly statuses: ReadonlyMap<number, number>;
  /** From the moment the kernel took the last request to the record of the final wish, in ms; negative when it was right before. */
  readonly rightSizedAfterMs: number;
}

const burstApp = {
  env: { START_DELAY_MS: '2000' },
  annotations: {
    'autoscaling.knative.dev/target': '100',
    'autoscaling.knative.dev/target-utilization-percentage': '100',
    'autoscaling.knative.dev/max-scale': '50',
    'autoscaling.knative.dev/window': '6s',
  },
};

/** Sends each burst at once to a sleeping workload of its own. */
export async function bursts(system: System, sizes: readonly number[]): Promise<BurstResult[]> {
  const own = hands(() => system);
  for (const size of sizes) await own.create({ name: `burst-${size}`, ...burstApp });
  const results: BurstResult[] = [];
  for (const size of sizes) results.push(await burst(own, size));
  return results;
}

async function burst({ ask, asleep, decisions }: Hands, size: number): Promise<BurstResult> {
  const name = `burst-${size}`;
  await asleep(name);
  const statuses = new Map<number, number>();
  let lastSentAtMs = 0;
  const onSent = () => {
    lastSentAtMs = Date.now();
  };
  const answers = Array.from({ length: size }, () => ask(name, '/?ms=200', { timeoutMs: 120_000, onSent }));
  for (const { status } of await Promise.all(answers)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const rising = (await decisions(name)).filter((record) => record.to > record.from);
  const final = rising.at(-1);
  return {
    size,
    wishes: rising.map((record) => record.to),
    statuses,
    rightSizedAfterMs: final === undefined ? Number.NaN : Date.parse(final.at) - lastSentAtMs,
  };
}

export interface WakeResult {
  /** From the first byte of the request leaving the client to our own watch showing replicas 1, in ms. */
  readonly seenMs: readonly number[];
  /** From the request's arrival at the proxy to `/scale` accepted, as the operator tells it, in ms. */
  readonly patchedMs: readonly number[];
}

/** Wakes `count` sleeping workloads one after the other. */
export async function wakes(system: System, count: number): Promise<WakeResult> {
  const { ask, asleep, create } = hands(() => system);
  const names = Array.from({ length: count }, (_, index) => `wake-${index}`);
  for (const name of names) await create({ name, annotations: { 'autoscaling.knative.dev/window': '6s' } });
  const stop = new AbortController();
  try {
    const seenMs: number[] = [];
    const patchedMs = followPatched(system, names, stop.signal);
    const raisedAtMs = await followReplicas(system, stop.signal);
    for (const name of names) {
      await asleep(name);
      const sentMs = performance.now();
      const answer = ask(name);
      seenMs.push((await until(() => raisedAtMs.get(name), `replicas of ${name}`)) - sentMs);
      const { status } = await answer;
      if (status !== 200) throw new Error(`${name} answered ${status}`);
      // One at a time, so that each wake is measured on a machine that starts no other app.
      await until(() => patchedMs.length === seenMs.length, `the story of ${name}'s wake`);
    }
    return { seenMs, patchedMs };
  } finally {
    stop.abort();
  }
}

/** Grows as the operator tells of wakes. */
function followPatched(system: System, names: readonly string[], signal: AbortSignal): readonly number[] {
  const values: number[] = [];
  void (async () => {
    const response = await callOperator(system.operator, '/api/events', { signal });
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        if (!block.startsWith('event: transition')) continue;
        const { transition } = JSON.parse(block.slice(block.indexOf('data:') + 5));
        if (transition.coldStart && names.includes(transition.name)) values.push(transition.coldStart.patchedMs);
      }
    }
  })().catch(() => {});
  return values;
}

/** When a watch of our own first showed replicas, by name; resolves once it is open. */
async function followReplicas({ kube }: System, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const raisedAtMs = new Map<string, number>();
  let rest = '';
  let isOpen = false;
  void kube.stream({
    method: 'GET',
    path: '/apis/apps/v1/deployments',
    query: { watch: true },
    signal,
    onOpen: () => {
      isOpen = true;
    },
    onData(chunk) {
      const atMs = performance.now();
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { object } = JSON.parse(line);
        const { name } = object.metadata;
        if (object.spec?.replicas > 0 && !raisedAtMs.has(name)) raisedAtMs.set(name, atMs);
      }
    },
  });
  await until(() => isOpen, 'a watch of Deployments');
  return raisedAtMs;
}
