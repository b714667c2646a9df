/** The overlay for one namespace on a real cluster: Roles suffice, and Deployments of other namespaces are none of its business. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import type { Pod } from '@rouse/kubelet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { deployment } from '../app/app-deployment.ts';
import { deployments } from '../deployments.ts';
import { findKubectl } from '../kubectl.ts';
import { freePorts } from '../ports.ts';
import { request } from '../request.ts';
import { deployFolder } from './rouse-manifests.ts';
import { relaySockets, type SocketRelay } from './socket-relay.ts';
import { clusterSuite } from './suite.ts';

const { cluster } = clusterSuite();
const { create, settled } = deployments(cluster);
const kubectl = findKubectl();
let port: number;
let relay: SocketRelay | undefined;

async function readyPod(name: string): Promise<Pod | undefined> {
  const labelSelector = `app.kubernetes.io/name=${name}`;
  const pods = await cluster().list<Pod>('/api/v1/namespaces/default/pods', { labelSelector });
  return pods.find(({ status }) =>
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  );
}

beforeAll(async () => {
  if (kubectl === undefined) return;
  const folder = join(deployFolder, 'overlays/one-namespace');
  const yaml = execFileSync(kubectl, ['kustomize', folder], { encoding: 'utf8' }).replaceAll('my-namespace', 'default');
  await cluster().apply(...parseAllDocuments(yaml).map((document) => document.toJS() as object));
  const pod = await until(() => readyPod('rouse-proxy'), 'a proxy that is Ready', 60_000);
  [port] = (await freePorts(1)) as [number];
  relay = await relaySockets({ host: '127.0.0.1', port }, () => ({ host: pod?.status?.podIP ?? '', port: 8080 }));
});
afterAll(() => relay?.close());

test.skipIf(kubectl === undefined)(
  'a Deployment of the namespace wakes and sleeps, with no right in any other',
  async () => {
    await create({ name: 'ours', annotations: { 'autoscaling.knative.dev/window': '6s' } });
    const answered = async () => (await request(port, 'ours.default.example.com', '/')).status === 200;
    await until(answered, 'an answer', 30_000);
    await settled('ours', 0, 40_000);
  },
);

test.skipIf(kubectl === undefined)('a Deployment of another namespace is not known', async () => {
  await cluster().apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
  const theirs = deployment({ name: 'theirs' }, cluster().appLogFile) as { metadata: object };
  await cluster().apply({ ...theirs, metadata: { ...theirs.metadata, namespace: 'other' } });
  // One of ours that came after it is known, and so would be this one.
  await create({ name: 'later' });
  const statusOf = async (host: string) => (await request(port, host, '/')).status;
  await until(async () => (await statusOf('later.default.example.com')) === 200, 'the later one', 30_000);
  expect(await statusOf('theirs.other.example.com')).toBe(404);
});
