/** Several operators on a real control plane: a second one takes over, and none writes what it was not granted. */
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import type { Pod } from '@rouse/kubelet';
import { expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { hands } from '../hands.ts';
import { request } from '../request.ts';
import { apiWrites, OPERATOR_USER } from './audit.ts';
import { killPod } from './pod-processes.ts';
import { NAMESPACE } from './rouse-manifests.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse, system } = clusterSuite({ rouse: {} });
const { create, settled } = deployments(cluster);
const { known } = hands(system);
const window = { 'autoscaling.knative.dev/window': '6s' };

interface Lease extends KubeObject {
  readonly spec: { readonly holderIdentity: string; readonly leaseTransitions: number };
}
const LEASE_MS = 15_000;
const podPath = ({ metadata }: Pod): string => `/api/v1/namespaces/${NAMESPACE}/pods/${metadata.name}`;
const lease = (): Promise<Lease> =>
  cluster().get<Lease>(`/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/rouse-operator`);

/** Resolves with the Lease of the next leader. */
function nextAfter({ spec }: Lease): Promise<Lease> {
  const risen = async (): Promise<Lease | false> => {
    const now = await lease();
    return now.spec.leaseTransitions > spec.leaseTransitions && now.spec.holderIdentity !== '' && now;
  };
  return until(risen, 'a new leader', 60_000);
}

async function leader(): Promise<Pod> {
  const { holderIdentity } = (await lease()).spec;
  return rouse()
    .operatorPods()
    .find(({ metadata }) => holderIdentity.includes(`_${metadata.uid}_`))!;
}

/** Runs what takes the leader away, and asks for a workload that sleeps; tells how long leadership and answer took. */
async function without(name: string, take: (pod: Pod) => Promise<unknown>): Promise<{ leadMs: number; next: Lease }> {
  await create({ name, annotations: window });
  await known(name);
  const before = await lease();
  const pod = await leader();
  const startMs = performance.now();
  const sinceMs = (): number => Math.round(performance.now() - startMs);
  await take(pod);
  const answered = request(rouse().port, `${name}.default.example.com`, '/').then(({ status }) => [status, sinceMs()]);
  const next = await nextAfter(before);
  const leadMs = sinceMs();
  const [status, answerMs] = await answered;
  console.log(
    `figure: ${name}: a leader again after ${leadMs} ms, the request of meanwhile answered after ${answerMs} ms`,
  );
  expect(status).toBe(200);
  return { leadMs, next };
}

test('the only operator killed: its container leads again without waiting for the Lease of its own last run', async () => {
  const { uid } = (await leader()).metadata;
  const { leadMs, next } = await without('killed-alone', async (pod) => killPod(pod));
  expect(next.spec.holderIdentity).toContain(`_${uid}_`);
  expect(leadMs).toBeLessThan(LEASE_MS);
});

test('the leader told to end with a standby there: it gives up the Lease, which the standby need not wait for', async () => {
  const { kube } = cluster().plane;
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/rouse-operator/scale`;
  const contentType = 'application/merge-patch+json';
  await kube.request({ method: 'PATCH', path, body: { spec: { replicas: 2 } }, contentType });
  await until(() => rouse().operatorPods().length === 2, 'a standby', 60_000);
  const before = await leader();
  const { leadMs, next } = await without('told-to-end', (pod) => cluster().remove(podPath(pod)));
  expect(next.spec.holderIdentity).not.toContain(before.metadata.uid);
  expect(leadMs).toBeLessThan(LEASE_MS);
});

test('the leader lost with a standby there: a request in the gap is answered, and the epoch rises', async () => {
  await until(() => rouse().operatorPods().length === 2, 'a standby', 60_000);
  const before = await leader();
  const { next } = await without('in-the-gap', async (pod) => {
    // Nothing is released, and nothing is started again.
    killPod(pod);
    await cluster().remove(podPath(pod), { gracePeriodSeconds: 0 });
  });
  expect(next.spec.holderIdentity).not.toContain(before.metadata.uid);
  await settled('in-the-gap', 0, 120_000);
});

test('every write of the operator was allowed, and is one that it says it makes', () => {
  const writes = apiWrites(cluster().plane).filter(({ user }) => user === OPERATOR_USER);
  expect(writes.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
  const kinds = new Set(writes.map(({ resource, subresource }) => `${resource}/${subresource}`));
  for (const kind of kinds) expect(['deployments/scale', 'events/', 'leases/', 'secrets/']).toContain(kind);
});
