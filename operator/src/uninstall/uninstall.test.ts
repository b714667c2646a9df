/** The whole program against an API over real HTTP. */
import { spawn } from 'node:child_process';
import { until } from '@rouse/contract/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Json, type TestApi, testApi } from '../cluster/test-api.ts';
import { enabled, rawDeployment } from '../cluster/test-records.ts';

const MAIN = new URL('./main.ts', import.meta.url).pathname;
const OURS = { labels: { 'app.kubernetes.io/part-of': 'rouse', 'app.kubernetes.io/name': 'rouse-operator' } };
const OPERATOR = '/apis/apps/v1/namespaces/rouse-system/deployments/rouse-operator';
const OPERATOR_POD = '/api/v1/namespaces/rouse-system/pods/rouse-operator-1';
const deployment = (name: string) => `/apis/apps/v1/namespaces/default/deployments/${name}`;
let api: TestApi;

beforeEach(async () => {
  api = await testApi();
});
afterEach(() => api.close());

interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly complaints: string;
}

function uninstall(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, '--server', api.url, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, lines: out.trim().split('\n'), complaints }));
  });
}

const replicas = (path: string) => (api.get(path)?.spec as Json | undefined)?.replicas;
const byUs = {
  metadata: { managedFields: [{ manager: 'rouse-operator', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }] },
};

test('the operator is stopped first, then what sleeps is woken, then everything of Rouse is removed and nothing else', async () => {
  api.put(OPERATOR, { metadata: OURS, spec: { replicas: 2 } });
  api.put(OPERATOR_POD, { metadata: OURS });
  api.put(deployment('web'), rawDeployment('web', { ...enabled, 'rouse.dev/min-scale': '3' }, 0));
  api.put('/apis/rbac.authorization.k8s.io/v1/clusterroles/rouse-operator', { metadata: OURS });
  api.put('/apis/rbac.authorization.k8s.io/v1/clusterroles/of-theirs', { metadata: OURS });
  api.put('/api/v1/namespaces/rouse-system/configmaps/rouse-notes', { data: {} });
  const ending = uninstall();
  await until(() => replicas(OPERATOR) === 0, 'the operator to be scaled to zero');
  expect(replicas(deployment('web'))).toBe(0);
  api.remove(OPERATOR_POD);
  const { code, lines, complaints } = await ending;
  expect(complaints).toBe('');
  expect(code).toBe(0);
  expect(lines).toEqual([
    'operator stopped',
    'woken: default/web, replicas 3',
    '1 woken',
    'removed: Deployment rouse-operator',
    'removed: ClusterRole rouse-operator',
    'Rouse is removed. Its namespace is left: kubectl delete namespace rouse-system',
  ]);
  expect(api.get('/apis/rbac.authorization.k8s.io/v1/clusterroles/of-theirs')).toBeDefined();
  expect(api.get('/api/v1/namespaces/rouse-system/configmaps/rouse-notes')).toBeDefined();
});

test('what is at zero by the will of others, or is held there, stays at zero', async () => {
  const knative = { 'autoscaling.knative.dev/window': '30s' };
  api.put(deployment('ours'), rawDeployment('ours', {}, 0, byUs));
  api.put(deployment('adopted'), rawDeployment('adopted', knative, 0, byUs));
  api.put(deployment('never-routed'), rawDeployment('never-routed', knative, 0));
  api.put(deployment('theirs'), rawDeployment('theirs', {}, 0));
  api.put(deployment('opted-out'), rawDeployment('opted-out', { 'rouse.dev/enabled': 'false' }, 0));
  api.put(deployment('held'), rawDeployment('held', { ...enabled, 'rouse.dev/paused': '0' }, 0));
  api.put(deployment('awake'), rawDeployment('awake', enabled, 2));
  const { code, lines } = await uninstall('--wake-only');
  expect(code).toBe(0);
  expect(lines).toEqual([
    'no operator in rouse-system',
    'woken: default/ours, replicas 1',
    'woken: default/adopted, replicas 1',
    '2 woken',
  ]);
});

test('what an InferenceService owns gets as many pods as that one wants at least', async () => {
  const owner = { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', name: 'iris', uid: 'uid-iris' };
  const isvc = '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices/iris';
  api.put(isvc, { metadata: { uid: 'uid-iris' }, spec: { predictor: { minReplicas: 2 } } });
  const object = rawDeployment('iris-predictor', enabled, 0);
  api.put(deployment('iris-predictor'), {
    ...object,
    metadata: { ...(object.metadata as Json), ownerReferences: [owner] },
  });
  expect((await uninstall('--wake-only')).lines).toContain('woken: default/iris-predictor, replicas 2');
});

test('with --namespaces only those are looked at, and Namespaces not at all', async () => {
  api.put('/apis/apps/v1/namespaces/a/deployments/web', rawDeployment('web', enabled, 0));
  api.put('/apis/apps/v1/namespaces/b/deployments/web', rawDeployment('web', enabled, 0));
  const { lines } = await uninstall('--wake-only', '--namespaces', 'a');
  expect(lines).toContain('woken: a/web, replicas 1');
  expect(replicas('/apis/apps/v1/namespaces/b/deployments/web')).toBe(0);
  expect(api.requests).not.toContain('GET /api/v1/namespaces');
});

test('as long as something cannot be woken nothing is removed', async () => {
  api.put(OPERATOR, { metadata: OURS, spec: { replicas: 1 } });
  api.put(deployment('web'), rawDeployment('web', enabled, 0));
  api.fail(/PATCH .*web\/scale/, 403);
  const { code, complaints } = await uninstall();
  expect(code).toBe(1);
  expect(complaints).toContain('default/web: the Kubernetes API answered 403');
  expect(complaints).toContain('nothing was removed');
  expect(api.get(OPERATOR)).toBeDefined();
});

test('without leave to stop the operator nothing is changed', async () => {
  api.put(OPERATOR, { metadata: OURS, spec: { replicas: 1 } });
  api.put(deployment('web'), rawDeployment('web', enabled, 0));
  api.fail(/rouse-operator\/scale/, 403);
  const { code, complaints } = await uninstall();
  expect(code).toBe(1);
  expect(complaints).toContain('nothing was changed');
  expect(replicas(deployment('web'))).toBe(0);
});
