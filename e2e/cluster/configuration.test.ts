/** What an installation keeps in its namespace: the ConfigMap, taken up as it changes, and the Secret, made once. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { deployments } from '../deployments.ts';
import { request } from '../request.ts';
import { deployFolder, NAMESPACE } from './rouse-manifests.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse } = clusterSuite({ rouse: { proxies: 1 } });
const { create, settled } = deployments(cluster);

interface Secret extends KubeObject {
  readonly data: { readonly token: string };
}
interface Event extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

const config = (data: Readonly<Record<string, string>>) =>
  cluster().apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'rouse-config', namespace: NAMESPACE },
    data,
  });
const ask = (name: string) => request(rouse().port, `${name}.default.example.com`, '/');

test('cluster-wide defaults are taken up live, and a bad value leaves the last good ones in force with an Event', async () => {
  await create({ name: 'by-default' });
  await until(async () => (await rouse().workload('by-default'))?.state === 'asleep', 'it to be known', 30_000);
  await config({ 'stable-window': '6s', 'max-scale': '-1' });
  const events = () => cluster().list<Event>(`/api/v1/namespaces/${NAMESPACE}/events`);
  const told = await until(
    async () => (await events()).find(({ involvedObject }) => involvedObject.kind === 'ConfigMap'),
    'an Event on the ConfigMap',
    10_000,
  );
  expect(told).toMatchObject({ reason: 'InvalidConfiguration', involvedObject: { name: 'rouse-config' } });
  expect(told?.message).toContain('max-scale: "-1" is not accepted');

  await config({ 'stable-window': '6s', 'max-scale': '2' });
  await until(async () => (await rouse().workload('by-default'))?.maxScale === 2, 'the mended values', 10_000);
  expect((await ask('by-default')).status).toBe(200);
  const startedMs = performance.now();
  // Knative's own default would keep it for a minute.
  await settled('by-default', 0, 40_000);
  expect(performance.now() - startedMs).toBeGreaterThan(5_000);
});

test('the control token is made once and kept when the manifests are applied again', async () => {
  const path = `/api/v1/namespaces/${NAMESPACE}/secrets/rouse-control-token`;
  const { data } = await cluster().get<Secret>(path);
  expect(Buffer.from(data.token, 'base64').toString()).toMatch(/^[\w-]{43}$/);
  const again = parseAllDocuments(readFileSync(join(deployFolder, 'rouse.yaml'), 'utf8'));
  await cluster().apply(...again.map((document) => document.toJS() as object));
  expect((await cluster().get<Secret>(path)).data).toEqual(data);
});

test('the token is rotated in three steps, and at every step wakes go on', async () => {
  const path = `/api/v1/namespaces/${NAMESPACE}/secrets/rouse-control-token`;
  const old = Buffer.from((await cluster().get<Secret>(path)).data.token, 'base64').toString();
  const admin = () => `http://${rouse().proxyAddress().host}:8081/v1/workloads`;
  const statusWith = async (token: string) =>
    (await fetch(admin(), { headers: { authorization: `Bearer ${token}` } })).status;
  await create({ name: 'steady', annotations: { 'autoscaling.knative.dev/window': '6s' } });
  for (const [lines, expected] of [
    [
      [old, 'next'],
      [200, 200],
    ],
    [
      ['next', old],
      [200, 200],
    ],
    [['next'], [401, 200]],
  ] as const) {
    const data = { token: Buffer.from(lines.join('\n')).toString('base64') };
    const { kube } = cluster().plane;
    await kube.request({ method: 'PATCH', path, body: { data }, contentType: 'application/merge-patch+json' });
    const seen = async () => [await statusWith(old), await statusWith('next')];
    await until(
      async () => `${await seen()}` === `${expected}`,
      `both programs to have ${lines.length} tokens`,
      30_000,
    );
    // The operator follows at once; a proxy's mount takes a while, and the operator's first token may be new to it.
    await until(async () => (await ask('steady')).status === 200, 'an answer', 30_000);
  }
});
