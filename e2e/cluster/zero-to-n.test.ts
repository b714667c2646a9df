/** Rouse on a real control plane: from zero to many and back, installed from the shipped manifests, with the operator's own token. */
import { until } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import { request } from '../request.ts';
import { failed, startLoad } from '../scenarios/load.ts';
import { deployments } from './deployments.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse } = clusterSuite({ rouse: {} });
const { create, get, settled, livePods } = deployments(cluster);
const window = { 'autoscaling.knative.dev/window': '6s' };
const host = (name: string): string => `${name}.default.example.com`;

test('a first request wakes a Deployment, is answered, and it sleeps again', async () => {
  await create({ name: 'hello', annotations: window });
  await until(async () => (await rouse().workload('hello'))?.state === 'asleep', 'known', 20_000);
  const answer = await request(rouse().port, host('hello'), '/');
  expect(answer.status).toBe(200);
  expect((await livePods('hello'))[0]?.metadata.name).toBe(answer.body.trim());
  await settled('hello', 0, 60_000);
  expect((await get('hello')).spec.replicas).toBe(0);
});

test('many requests at once get many pods, none fails, and all pods go', async () => {
  const annotations = { ...window, 'autoscaling.knative.dev/target': '5' };
  await create({ name: 'busy', annotations });
  await until(async () => (await rouse().workload('busy'))?.state === 'asleep', 'known', 20_000);
  const loads = rouse().proxyPorts.map((port, index) =>
    startLoad({ port, host: host('busy'), path: '/?ms=100', name: `load-${index}`, atOnce: 10 }),
  );
  await until(async () => (await livePods('busy')).length >= 5, 'five pods', 30_000);
  for (const load of loads) expect(failed(await load.stop())).toEqual([]);
  await settled('busy', 0, 60_000);
});
