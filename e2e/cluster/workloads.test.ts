/** The test cluster itself: what a real control plane decides is done by the nodes, and told as kubelets tell it. */
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import type { Pod } from '@rouse/kubelet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployment } from '../rouse-dev.ts';
import { type Cluster, startCluster } from './cluster.ts';

let cluster: Cluster;
const failures = 0;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop(failures > 0));

interface Deployment extends KubeObject {
  readonly status?: { readonly readyReplicas?: number; readonly replicas?: number };
}

const path = (name: string): string => `/apis/apps/v1/namespaces/default/deployments/${name}`;
const podsOf = (name: string): Promise<readonly Pod[]> =>
  cluster.list<Pod>('/api/v1/namespaces/default/pods', { labelSelector: `app=${name}` });
const ready = async (name: string): Promise<number> =>
  (await cluster.get<Deployment>(path(name))).status?.readyReplicas ?? 0;

test('a Deployment gets its pods run on both nodes, each on an address of its own, and becomes Ready', async () => {
  await cluster.apply(deployment({ name: 'hello', replicas: 4 }, cluster.appLogFile));
  await until(async () => (await ready('hello')) === 4, 'four ready replicas', 30_000);
  const pods = await podsOf('hello');
  expect(new Set(pods.map((pod) => pod.spec.nodeName))).toEqual(new Set(['node-1', 'node-2']));
  expect(new Set(pods.map((pod) => pod.status?.podIP)).size).toBe(4);
  for (const pod of pods) {
    const answer = await fetch(`http://${pod.status?.podIP}:8080/`);
    expect(await answer.text()).toBe(`${pod.metadata.name}\n`);
  }
});
