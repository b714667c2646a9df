/** Why pods cannot be had, told by a real scheduler, quota and admission: held requests learn of it. */
import { until } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { request } from '../request.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse } = clusterSuite({ rouse: { proxies: 1 } });
const { create, livePods, settled } = deployments(cluster);
const window = { 'autoscaling.knative.dev/window': '6s' };
const ask = (name: string, timeoutMs = 60_000) =>
  request(rouse().port, `${name}.default.example.com`, '/', { timeoutMs });
const known = (name: string): Promise<unknown> => until(() => rouse().workload(name), `${name} is known`, 30_000);

test('no node has room: with fail-fast the request fails with that code', async () => {
  const resources = { requests: { cpu: '1000' } };
  const annotations = { ...window, 'rouse.dev/fail-fast': 'unschedulable' };
  await create({ name: 'no-room', annotations, container: { resources } });
  await known('no-room');
  const answer = await ask('no-room');
  expect([answer.status, answer.headers['x-rouse-error']]).toEqual([503, 'unschedulable']);
});

test('no node has room: without fail-fast the request waits, and a new node answers it', async () => {
  const resources = { requests: { cpu: '100' } };
  await create({ name: 'waits-for-room', annotations: window, container: { resources } });
  await known('waits-for-room');
  const held = ask('waits-for-room');
  await until(async () => (await livePods('waits-for-room')).length === 1, 'a pod that is Pending');
  await cluster().addNode({ number: 3, cpus: 200 });
  expect((await held).status).toBe(200);
});

test('an image that cannot be pulled fails the request with that code', async () => {
  await create({
    name: 'no-image',
    annotations: window,
    container: { image: 'registry.example.com/does-not-exist:1' },
  });
  await known('no-image');
  const answer = await ask('no-image');
  expect(answer.status).toBe(503);
  expect(answer.headers['x-rouse-error']).toMatch(/image/);
});

test('a quota that is used up fails the request, and one raised lets the next through', async () => {
  const quota = (pods: string) => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'pods' },
    spec: { hard: { pods } },
  });
  const before = (await cluster().list('/api/v1/namespaces/default/pods')).length;
  await cluster().apply(quota('0'));
  await create({ name: 'over-quota', annotations: window });
  await known('over-quota');
  const answer = await ask('over-quota');
  expect(answer.status).toBe(503);
  expect(answer.headers['x-rouse-error']).toMatch(/quota|create|refused/);
  await cluster().apply(quota(String(before + 20)));
  await until(async () => (await ask('over-quota')).status === 200, 'answered', 60_000);
  await settled('over-quota', 0, 60_000);
});
