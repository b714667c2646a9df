/** Pods that others remove while requests are answered: evicted, or lost with their node. */
import { until } from '@rouse/contract/testing';
import type { Pod } from '@rouse/kubelet';
import { expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { hands } from '../hands.ts';
import { failed, startLoad } from '../scenarios/load.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse, system } = clusterSuite({ rouse: {} });
const { create, pods, livePods, settled } = deployments(cluster);
const { known } = hands(system);
const window = { 'autoscaling.knative.dev/window': '6s' };
const atLeast = (count: number) => ({ ...window, 'autoscaling.knative.dev/min-scale': String(count) });
const host = (name: string): string => `${name}.default.example.com`;
const lasting = { lifecycle: { preStop: { sleep: { seconds: 1 } } } };

async function evict(pod: Pod): Promise<void> {
  const { name, namespace } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const result = await cluster().plane.kube.request({ method: 'POST', path, body });
  if (!result.ok) throw new Error(result.message);
}

test('a pod evicted under load loses no request, and another takes its place', async () => {
  await create({ name: 'evicted', annotations: atLeast(2), replicas: 2, container: lasting });
  await known('evicted');
  await settled('evicted', 2);
  const load = startLoad({ port: rouse().port, host: host('evicted'), path: '/?ms=30', name: 'evict', atOnce: 6 });
  await until(() => load.outcomes.length > 50, 'some requests');
  const [pod] = await pods('evicted');
  await evict(pod!);
  await until(
    async () => (await pods('evicted')).every((each) => each.metadata.uid !== pod!.metadata.uid),
    'it is gone',
  );
  await settled('evicted', 2);
  const done = load.outcomes.length;
  await until(() => load.outcomes.length > done + 50, 'some more');
  expect(failed(await load.stop())).toEqual([]);
});

test('a node lost under load: what it had is asked again elsewhere where that is safe, and all recovers', async () => {
  await create({ name: 'lossy', annotations: atLeast(2), replicas: 2 });
  await known('lossy');
  await settled('lossy', 2);
  expect(new Set((await pods('lossy')).map((pod) => pod.spec.nodeName)).size).toBe(2);
  // Neither proxies nor operator are on a node that comes for the apps alone.
  const holder = (await pods('lossy')).map((pod) => pod.spec.nodeName);
  expect(holder).toHaveLength(2);
  const third = await cluster().addNode({ number: 3 });
  await cordon('node-1');
  await cordon('node-2');
  const [moved] = await pods('lossy');
  await evict(moved!);
  await until(
    async () => (await livePods('lossy')).some((pod) => pod.spec.nodeName === third.name && isReady(pod)),
    'one pod on the third node',
    30_000,
  );
  const load = startLoad({ port: rouse().port, host: host('lossy'), path: '/?ms=20', name: 'lost', atOnce: 6 });
  await until(() => load.outcomes.length > 100, 'some requests');
  await third.lose();
  const done = load.outcomes.length;
  await until(() => load.outcomes.length > done + 300, 'requests without that node', 60_000);
  // A POST that was under way there may have been done: it is not sent twice, and its client is told.
  const lost = failed(await load.stop());
  expect(lost.filter(({ method }) => method === 'GET')).toEqual([]);
  expect(lost.length).toBeLessThanOrEqual(6);
});

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

async function cordon(node: string): Promise<void> {
  const result = await cluster().plane.kube.request({
    method: 'PATCH',
    path: `/api/v1/nodes/${node}`,
    body: { spec: { unschedulable: true } },
    contentType: 'application/merge-patch+json',
  });
  if (!result.ok) throw new Error(result.message);
}
