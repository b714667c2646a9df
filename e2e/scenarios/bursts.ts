/** Bursts on a sleeping workload: how high the wish goes, in which steps, and how soon it is right. */
import type { DecisionRecord } from '@rouse/contract';
import { until } from '@rouse/contract/testing';
import { request } from '../request.ts';
import { type RouseDev, startRouseDev } from '../rouse-dev.ts';

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
export async function bursts(sizes: readonly number[]): Promise<BurstResult[]> {
  const dev = await startRouseDev(sizes.map((size) => ({ name: `burst-${size}`, ...burstApp })));
  try {
    const results: BurstResult[] = [];
    for (const size of sizes) results.push(await burst(dev, size));
    return results;
  } finally {
    await dev.stop();
  }
}

async function burst(dev: RouseDev, size: number): Promise<BurstResult> {
  const name = `burst-${size}`;
  await until(async () => (await dev.workload(name)).state === 'asleep', `${name} asleep`, 30_000);
  const statuses = new Map<number, number>();
  let lastSentAtMs = 0;
  const onSent = () => {
    lastSentAtMs = Date.now();
  };
  const answers = Array.from({ length: size }, () => dev.request(name, '/?ms=200', { timeoutMs: 120_000, onSent }));
  for (const { status } of await Promise.all(answers)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const url = `http://127.0.0.1:${dev.operatorPort}/api/workloads/default/${name}/decisions`;
  const { decisions } = (await (await fetch(url)).json()) as { decisions: DecisionRecord[] };
  const rising = decisions.filter((record) => record.to > record.from);
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
export async function wakes(count: number): Promise<WakeResult> {
  const names = Array.from({ length: count }, (_, index) => `wake-${index}`);
  const dev = await startRouseDev(
    names.map((name) => ({ name, annotations: { 'autoscaling.knative.dev/window': '6s' } })),
  );
  try {
    const seenMs: number[] = [];
    const patchedMs = followPatched(dev);
    const watch = await watchReplicas(dev.apiPort);
    for (const name of names) {
      await until(async () => (await dev.workload(name)).state === 'asleep', `${name} asleep`, 30_000);
      const sentMs = performance.now();
      const answer = request(dev.port, `${name}.default.example.com`, '/');
      seenMs.push((await watch.raised(name)) - sentMs);
      const { status } = await answer;
      if (status !== 200) throw new Error(`${name} answered ${status}`);
      // One at a time, so that each wake is measured on a machine that starts no other app.
      await until(() => patchedMs.values.length === seenMs.length, `the story of ${name}'s wake`);
    }
    watch.close();
    patchedMs.close();
    return { seenMs, patchedMs: patchedMs.values };
  } finally {
    await dev.stop();
  }
}

function followPatched(dev: RouseDev): { values: number[]; close(): void } {
  const stop = new AbortController();
  const values: number[] = [];
  void (async () => {
    const response = await fetch(`http://127.0.0.1:${dev.operatorPort}/api/events`, { signal: stop.signal });
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        if (!block.startsWith('event: transition')) continue;
        const { transition } = JSON.parse(block.slice(block.indexOf('data:') + 5));
        if (transition.coldStart) values.push(transition.coldStart.patchedMs);
      }
    }
  })().catch(() => {});
  return { values, close: () => stop.abort() };
}

async function watchReplicas(apiPort: number): Promise<{ raised(name: string): Promise<number>; close(): void }> {
  const stop = new AbortController();
  const raisedAtMs = new Map<string, number>();
  const url = `http://127.0.0.1:${apiPort}/apis/apps/v1/deployments?watch=true`;
  const response = await fetch(url, { signal: stop.signal });
  void (async () => {
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const atMs = performance.now();
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { object } = JSON.parse(line);
        if (object.spec?.replicas > 0 && !raisedAtMs.has(object.metadata.name))
          raisedAtMs.set(object.metadata.name, atMs);
      }
    }
  })().catch(() => {});
  return {
    raised: (name) => until(() => raisedAtMs.get(name), `replicas of ${name}`),
    close: () => stop.abort(),
  };
}
