/** Two proxies of which one has all the work, pods that no node has room for, and scale-downs without any help by costs. */
import { until } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { hands } from '../hands.ts';
import { request } from '../request.ts';
import { failed, type Load, startLoad } from '../scenarios/load.ts';
import { clusterSuite } from './suite.ts';

/** As shipped: two proxies on two nodes, and no right to write pod-deletion-cost. */
const { cluster, rouse, system } = clusterSuite({ rouse: {} });
const { create, get, livePods, settled } = deployments(cluster);
const { known } = hands(system);
const WINDOW_MS = 6_000;
const window = { 'autoscaling.knative.dev/window': `${WINDOW_MS / 1000}s` };
const exactly = (target: number) => ({
  ...window,
  'autoscaling.knative.dev/target': String(target),
  'autoscaling.knative.dev/target-utilization-percentage': '100',
});
const host = (name: string): string => `${name}.default.example.com`;
const replicas = async (name: string): Promise<number> => (await get(name)).spec.replicas;
const loadOn = (proxy: number, name: string, atOnce: number, path: string): Load =>
  startLoad({ port: rouse().proxyPorts[proxy]!, host: host(name), path, name: `${name}-${proxy}`, atOnce });
/** Says a figure that people ask for. */
const figure = (text: string): void => console.log(`figure: ${text}`);
/** @returns all that was seen in that time */
async function seenFor<T>(ms: number, look: () => Promise<T>): Promise<ReadonlySet<T>> {
  const startedMs = performance.now();
  const seen = new Set<T>();
  await until(async () => seen.add(await look()) && performance.now() - startedMs > ms, `${ms} ms`, 2 * ms);
  return seen;
}

test.concurrent('as many pods for load on one proxy as for the same load on both', async () => {
  for (const name of ['on-one', 'on-both']) await create({ name, annotations: exactly(5) });
  for (const name of ['on-one', 'on-both']) await known(name);
  // A little below a multiple of the target, so that no rounding decides.
  const loads = [
    loadOn(0, 'on-one', 14, '/?ms=200'),
    ...[0, 1].map((proxy) => loadOn(proxy, 'on-both', 7, '/?ms=200')),
  ];
  await until(async () => (await replicas('on-one')) === 3 && (await replicas('on-both')) === 3, 'three each', 30_000);
  const seen = await seenFor(1.5 * WINDOW_MS, async () => `${await replicas('on-one')} ${await replicas('on-both')}`);
  const outcomes = (await Promise.all(loads.map((load) => load.stop()))).flat();
  expect(failed(outcomes)).toEqual([]);
  expect([...seen]).toEqual(['3 3']);
  for (const name of ['on-one', 'on-both']) await settled(name, 0, 60_000);
});

test.concurrent('a long request by one proxy keeps its pod while the other proxy has none', async () => {
  await create({ name: 'long', annotations: window });
  await known('long');
  for (const port of rouse().proxyPorts) expect((await request(port, host('long'), '/')).status).toBe(200);
  const answer = await request(rouse().proxyPorts[1]!, host('long'), `/?ms=${2 * WINDOW_MS}`);
  const endedMs = performance.now();
  expect(answer.status).toBe(200);
  await until(async () => (await replicas('long')) === 0, 'asleep', 30_000);
  expect(performance.now() - endedMs).toBeGreaterThan(WINDOW_MS - 500);
});

test.concurrent('without pod-deletion-cost: pods that end at SIGTERM with long requests go, and what may be sent again never fails', async () => {
  await create({ name: 'guessed', annotations: exactly(2), env: { EXIT_ON_SIGTERM_AT_ONCE: '1' } });
  await known('guessed');
  const load = startLoad({ port: rouse().port, host: host('guessed'), path: '/?ms=2500', name: 'guessed', atOnce: 10 });
  await until(async () => (await livePods('guessed')).length >= 5, 'five pods', 30_000);
  load.setAtOnce(2);
  await until(async () => (await livePods('guessed')).length === 1, 'one pod', 60_000);
  const outcomes = await load.stop();
  const lost = failed(outcomes);
  figure(`five pods to one without pod-deletion-cost: ${lost.length} of ${outcomes.length} requests failed`);
  expect(lost.filter(({ method }) => method === 'GET')).toEqual([]);
  await settled('guessed', 0, 60_000);
});

test.concurrent('more pods wanted than nodes may hold: those there answer, and the surplus goes first', async () => {
  const labelSelector = { matchLabels: { app: 'apart' } };
  const podAntiAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector, topologyKey: 'kubernetes.io/hostname' }],
  };
  await create({ name: 'apart', annotations: exactly(2) }, { affinity: { podAntiAffinity } });
  await known('apart');
  const load = startLoad({ port: rouse().port, host: host('apart'), path: '/?ms=200', name: 'apart', atOnce: 8 });
  await until(async () => (await livePods('apart')).length >= 4, 'four pods', 30_000);
  const placed = async () =>
    (await livePods('apart')).flatMap(({ metadata, spec }) => (spec.nodeName ? metadata.uid : []));
  const kept = await until(async () => (await placed()).length === 2 && (await placed()), 'one pod on each node');
  // Just what two can take: the average of a client that a busy machine keeps waiting is lower, and must not ask for one.
  load.setAtOnce(4);
  await until(async () => (await livePods('apart')).length === 2, 'no surplus', 60_000);
  expect((await placed()).sort()).toEqual(kept.sort());
  expect(failed(await load.stop())).toEqual([]);
  await settled('apart', 0, 60_000);
});
