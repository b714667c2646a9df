/** The chart by helm itself: installed, from zero and back, upgraded, and removed by a hook that wakes everything first. */
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import type { Pod } from '@rouse/kubelet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { hands } from '../hands.ts';
import { findHelm } from '../kubectl.ts';
import { run } from '../processes.ts';
import { request } from '../request.ts';
import { failed, startLoad } from '../scenarios/load.ts';
import { clusterSystem } from './cluster-system.ts';
import { findRouse, type InstalledRouse } from './installed-rouse.ts';
import { deployFolder } from './rouse-manifests.ts';
import { clusterSuite } from './suite.ts';

const NAMESPACE = 'scale-to-zero';
const { cluster } = clusterSuite();
const { create, get, livePods, settled } = deployments(cluster);
const { known } = hands(() => clusterSystem(cluster(), rouse));
const window = { 'autoscaling.knative.dev/window': '6s' };
const host = (name: string): string => `${name}.default.example.com`;
const helm = findHelm();

/** Ends once helm is content: with `--wait` when everything is Ready, or gone. */
async function runHelm(...args: string[]): Promise<string> {
  const all = [...args, '--namespace', NAMESPACE, '--wait', '--timeout', '100s'];
  const { code, stdout, stderr } = await run(helm!, all, { KUBECONFIG: cluster().plane.adminKubeconfig }, LONG);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}
const LONG = { timeoutMs: 110_000 };
const chart = join(deployFolder, 'chart');
const secret = () =>
  cluster().get<KubeObject & { data: { token: string } }>(
    `/api/v1/namespaces/${NAMESPACE}/secrets/rouse-control-token`,
  );

let rouse: InstalledRouse;
beforeAll(async () => {
  if (helm === undefined) return;
  // Its pods and its hook's keep to the strictest rules.
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await cluster().apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } });
  await runHelm('install', 'rouse', chart, '--create-namespace');
  rouse = await findRouse(cluster(), { namespace: NAMESPACE, proxies: 2, operators: 1 });
});
afterAll(() => rouse?.stop());

test.skipIf(helm === undefined)(
  'helm install: a Deployment goes from zero to many and back, and no request fails',
  async () => {
    await create({ name: 'web', annotations: { ...window, 'autoscaling.knative.dev/target': '5' } });
    await known('web');
    const load = startLoad({ port: rouse.port, host: host('web'), path: '/?ms=100', name: 'chart', atOnce: 15 });
    await until(async () => (await livePods('web')).length >= 3, 'three pods', 30_000);
    expect(failed(await load.stop())).toEqual([]);
    await settled('web', 0, 60_000);
  },
);

test.skipIf(helm === undefined)('helm upgrade keeps the control token, and what it sets is in force', async () => {
  const { data } = await secret();
  const values = ['--set', 'podDeletionCost.enabled=true', '--set-json', 'config={"max-scale":2}'];
  await runHelm('upgrade', 'rouse', chart, ...values);
  expect((await secret()).data).toEqual(data);
  await until(async () => (await rouse.workload('web'))?.maxScale === 2, 'the new limit', 30_000);
  const answer = await request(rouse.port, host('web'), '/');
  expect(answer.status).toBe(200);
  await settled('web', 0, 60_000);
});

test.skipIf(helm === undefined)(
  'helm uninstall: the hook runs as a pod and wakes what sleeps before anything is deleted',
  async () => {
    await create({ name: 'three', annotations: { ...window, 'autoscaling.knative.dev/min-scale': '3' } });
    await create({ name: 'off', annotations: { 'rouse.dev/enabled': 'false' } });
    await settled('three', 3);
    let wakes: readonly Pod[] = [];
    const removed = runHelm('uninstall', 'rouse');
    await until(
      async () => {
        const all = await cluster().list<Pod>(`/api/v1/namespaces/${NAMESPACE}/pods`);
        wakes = all.filter(({ metadata }) => metadata.name.startsWith('rouse-wake-'));
        return wakes.length > 0;
      },
      'the pod of the hook',
      60_000,
    );
    await removed;
    expect(wakes[0]?.spec.serviceAccountName).toBe('rouse-operator');
    expect([(await get('web')).spec.replicas, (await get('off')).spec.replicas]).toEqual([1, 0]);
    await settled('web', 1);
    const left = await Promise.all(
      [
        `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
        `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`,
        '/apis/rbac.authorization.k8s.io/v1/clusterroles',
        '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
        '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
      ].map((path) => cluster().list<KubeObject>(path)),
    );
    expect(left.flat().filter(({ metadata }) => metadata.name.includes('rouse'))).toEqual([]);
  },
);
