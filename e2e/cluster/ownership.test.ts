/** Whose a Deployment, a route or a replica count is, where others on the cluster have a say too. */
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import { expect, test } from 'vitest';
import { request } from '../request.ts';
import { type AppSpec, deployment } from '../rouse-dev.ts';
import { deployments } from './deployments.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse } = clusterSuite({ rouse: { proxies: 1 } });
const { create, get, settled, livePods } = deployments(cluster);
const window = { 'autoscaling.knative.dev/window': '6s' };
const ask = (name: string, host = `${name}.default.example.com`) => request(rouse().port, host, '/');
const known = (name: string): Promise<unknown> => until(() => rouse().workload(name), `${name} is known`, 30_000);
const collection = '/apis/apps/v1/namespaces/default/deployments';

interface KubeEvent extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly name: string };
}
const eventsOf = async (name: string): Promise<readonly KubeEvent[]> =>
  (await cluster().list<KubeEvent>('/api/v1/namespaces/default/events')).filter(
    (each) => each.involvedObject.name === name && each.reason.startsWith('Rouse'),
  );

/** As it is without `rouse.dev/enabled`. */
function plain(spec: AppSpec, metadata: object): object {
  const made = deployment(spec, cluster().appLogFile) as { metadata: object };
  return { ...made, metadata: { name: spec.name, ...metadata } };
}

test("with Knative's keys alone a Deployment keeps its replicas until a first request has come", async () => {
  await cluster().apply(plain({ name: 'unrouted', replicas: 1 }, { annotations: window }));
  await create({ name: 'beside', annotations: window, replicas: 1 });
  await settled('unrouted', 1);
  // Long enough for one that is managed in full.
  await settled('beside', 0, 60_000);
  expect((await get('unrouted')).spec.replicas).toBe(1);
  expect((await ask('unrouted')).status).toBe(200);
  await settled('unrouted', 0, 60_000);
});

test('of two that claim a route the older keeps it, and the younger is told', async () => {
  const routes = { ...window, 'rouse.dev/routes': 'shared.example.org' };
  await create({ name: 'older', annotations: routes });
  await known('older');
  // Ages count in seconds.
  const bornAt = (await get('older')).metadata.creationTimestamp!;
  await until(() => Date.now() > Date.parse(bornAt) + 1500, 'a second');
  await create({ name: 'younger', annotations: routes });
  await known('younger');
  await until(
    async () => (await eventsOf('younger')).some(({ message }) => message.includes('shared.example.org')),
    'an Event',
  );
  const answer = await ask('older', 'shared.example.org');
  expect(answer.body).toMatch(/^older-/);
});

test('a Deployment deleted while requests wait for it: they end with an error, not in silence', async () => {
  await create({ name: 'goes', annotations: window, env: { NEVER_LISTEN: '1' } });
  await known('goes');
  const held = Array.from({ length: 5 }, () => ask('goes'));
  await until(async () => (await livePods('goes')).length === 1, 'a pod');
  await cluster().remove(`${collection}/goes`);
  for (const answer of await Promise.all(held)) expect(answer.status).toBe(503);
});
