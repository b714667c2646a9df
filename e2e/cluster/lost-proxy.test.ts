/** A node is lost together with a proxy: its silence holds up scale-downs for a minute, and then no longer. */
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import { expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { NAMESPACE } from './rouse-manifests.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse } = clusterSuite({ rouse: { proxies: 2 } });
const { create, get, settled } = deployments(cluster);
const MIN_SCALE = 'rouse.dev/min-scale';

interface Event extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly name: string };
}

const nodeOf = (pod: { readonly spec: { readonly nodeName?: string } } | undefined) => pod?.spec.nodeName;

test('pods are removed again once the proxy counts as lost, and its Pod gets an Event', async () => {
  const window = { 'autoscaling.knative.dev/window': '6s' };
  await create({ name: 'web', annotations: { ...window, [MIN_SCALE]: '3' }, replicas: 3 });
  await settled('web', 3, 60_000);
  const operatorNode = nodeOf(rouse().operatorPods()[0]);
  const proxy = rouse()
    .proxyPods()
    .find((pod) => nodeOf(pod) !== operatorNode);
  expect(proxy, 'a proxy on another node than the operator').toBeDefined();
  const lostAtMs = performance.now();
  await cluster()
    .nodes.find(({ name }) => name === nodeOf(proxy))
    ?.lose();

  const { kube } = cluster().plane;
  const path = '/apis/apps/v1/namespaces/default/deployments/web';
  const body = { metadata: { annotations: { [MIN_SCALE]: '1' } } };
  expect((await kube.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' })).ok).toBe(
    true,
  );

  await until(async () => (await get('web')).spec.replicas === 1, 'fewer pods', 110_000);
  // The minute counts from its last report.
  expect(performance.now() - lostAtMs).toBeGreaterThan(58_000);
  const events = await cluster().list<Event>(`/api/v1/namespaces/${NAMESPACE}/events`);
  const told = events.find(({ reason }) => reason === 'ProxyLost');
  expect(told?.involvedObject.name).toBe(proxy?.metadata.name);
  expect(told?.message).toContain(`on node ${nodeOf(proxy)}, which is not ready`);
});
