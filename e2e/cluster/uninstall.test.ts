/** `rouse uninstall` on a real cluster: what sleeps gets its pods back, and nothing of Rouse is left but the namespace. */
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import { expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { hands } from '../hands.ts';
import { run } from '../processes.ts';
import { request } from '../request.ts';
import { rouseCommand } from '../rouse-dev.ts';
import { NAMESPACE } from './rouse-manifests.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse, system } = clusterSuite({ rouse: { proxies: 1 } });
const { create, get, settled } = deployments(cluster);

test('a Deployment that went to sleep is woken, one that others set to zero is not, and Rouse is gone', async () => {
  await create({ name: 'sleeper', annotations: { 'autoscaling.knative.dev/window': '6s' } });
  await create({ name: 'off', annotations: { 'rouse.dev/enabled': 'false' } });
  await hands(system).known('sleeper');
  expect((await request(rouse().port, 'sleeper.default.example.com', '/')).status).toBe(200);
  await settled('sleeper', 0, 60_000);

  const args = [rouseCommand, 'uninstall', '--kubeconfig', cluster().plane.adminKubeconfig];
  const { code, stdout, stderr } = await run(process.execPath, args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  expect(lines.slice(0, 3)).toEqual(['operator stopped', 'woken: default/sleeper, replicas 1', '1 woken']);
  await settled('sleeper', 1);
  expect((await get('off')).spec.replicas).toBe(0);

  const left: string[] = [];
  for (const path of [
    `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
    `/api/v1/namespaces/${NAMESPACE}/secrets`,
    `/api/v1/namespaces/${NAMESPACE}/services`,
    `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`,
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
    '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
  ]) {
    left.push(...(await cluster().list<KubeObject>(path)).map(({ metadata }) => metadata.name));
  }
  expect(left.filter((name) => name.includes('rouse'))).toEqual([]);
  const pods = () => cluster().list(`/api/v1/namespaces/${NAMESPACE}/pods`);
  await until(async () => (await pods()).length === 0, 'the last pod of Rouse to end', 120_000);
});
