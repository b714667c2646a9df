/** Several operators on a real control plane: a second one takes over, and none writes what it was not granted. */
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import { expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { request } from '../request.ts';
import { apiWrites, OPERATOR_USER } from './api-writes.ts';
import { killPod } from './pod-processes.ts';
import { NAMESPACE } from './rouse-manifests.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse } = clusterSuite({ rouse: {} });
const { create, settled } = deployments(cluster);
const window = { 'autoscaling.knative.dev/window': '6s' };

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
  const answer = await request(rouse().port, 'in-the-gap.default.example.com', '/');
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

test('every write of the operator was allowed, and is one that it says it makes', () => {
  const writes = apiWrites(cluster().plane).filter(({ user }) => user === OPERATOR_USER);
  expect(writes.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
  const kinds = new Set(writes.map(({ resource, subresource }) => `${resource}/${subresource}`));
  for (const kind of kinds) expect(['deployments/scale', 'events/', 'leases/', 'secrets/']).toContain(kind);
});
