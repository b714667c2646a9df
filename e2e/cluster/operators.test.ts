/** Operators on a real control plane: many workloads at once, few writes, and a second one that takes over. */
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import { expect, test } from 'vitest';
import { request } from '../request.ts';
import { apiWrites, OPERATOR_USER } from './api-writes.ts';
import { deployments } from './deployments.ts';
import { NAMESPACE } from './installed-rouse.ts';
import { killPod } from './pod-processes.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse } = clusterSuite({ rouse: {} });
const { create, settled } = deployments(cluster);
const window = { 'autoscaling.knative.dev/window': '6s' };
const MANY = 300;

test('three hundred Deployments made at once are all routable within ten seconds, and nothing is written for them', async () => {
  const names = Array.from({ length: MANY }, (_, index) => `many-${index}`);
  for (let at = 0; at < MANY; at += 20) {
    await Promise.all(names.slice(at, at + 20).map((name) => create({ name, annotations: window })));
  }
  const madeMs = performance.now();
  for (const index of rouse().proxyPods().keys()) {
    await until(async () => (await rouse().routes(index)) >= MANY, `all routes in proxy ${index}`, 10_000);
  }
  console.log(`${MANY} Deployments routable ${Math.round(performance.now() - madeMs)} ms after the last was made`);
  const writes = apiWrites(cluster().plane).filter(
    ({ user, resource }) => user === OPERATOR_USER && resource !== 'leases',
  );
  expect(writes.filter(({ name }) => name.startsWith('many-'))).toEqual([]);
  const answer = await request(rouse().port, 'many-299.default.example.com', '/');
  expect(answer.status).toBe(200);
  await settled('many-299', 0, 60_000);
});

test('every write of the operator was allowed, and is one that it says it makes', () => {
  const writes = apiWrites(cluster().plane).filter(({ user }) => user === OPERATOR_USER);
  expect(writes.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
  const kinds = new Set(writes.map(({ resource, subresource }) => `${resource}/${subresource}`));
  for (const kind of kinds) expect(['deployments/scale', 'events/', 'leases/', 'secrets/']).toContain(kind);
});

interface Lease extends KubeObject {
  readonly spec: { readonly holderIdentity: string; readonly leaseTransitions: number };
}
const lease = (): Promise<Lease> =>
  cluster().get<Lease>(`/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/rouse-operator`);

test('the leader killed with a standby there: a request in the gap is answered, and the epoch rises', async () => {
  const { kube } = cluster().plane;
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/rouse-operator/scale`;
  const [leader] = rouse().operatorPods();
  const contentType = 'application/merge-patch+json';
  await kube.request({ method: 'PATCH', path, body: { spec: { replicas: 2 } }, contentType });
  await until(() => rouse().operatorPods().length === 2, 'a standby', 60_000);
  await create({ name: 'in-the-gap', annotations: window });
  await until(() => rouse().workload('in-the-gap'), 'known', 30_000);
  const before = await lease();
  killPod(leader!);
  const askedMs = performance.now();
  const answer = await request(rouse().port, 'in-the-gap.default.example.com', '/');
  console.log(`answered ${Math.round(performance.now() - askedMs)} ms after the leader was killed`);
  expect(answer.status).toBe(200);
  const after = await until(
    async () => {
      const now = await lease();
      return now.spec.leaseTransitions > before.spec.leaseTransitions && now;
    },
    'a new leader',
    60_000,
  );
  expect(after.spec.holderIdentity).not.toBe(before.spec.holderIdentity);
  await settled('in-the-gap', 0, 120_000);
});
