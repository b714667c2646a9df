import { defaultClusterConfig } from '@rouse/contract';
import { manualClock, until } from '@rouse/contract/testing';
import { connect } from '@rouse/kube';
import { afterEach, expect, test } from 'vitest';
import type { AdoptFlag } from './adoption.ts';
import { type ClusterViewOptions, clusterView } from './cluster-view.ts';
import type { ObservedWorkload } from './observed-workload.ts';
import { type TestApi, testApi } from './test-api.ts';
import { enabled, rawDeployment, rawPod, rawReplicaSet } from './test-records.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const path = (kind: string, name: string, namespace = 'default') =>
  `${kind === 'deployments' || kind === 'replicasets' ? '/apis/apps/v1' : '/api/v1'}/namespaces/${namespace}/${kind}/${name}`;
const uidOf = (kind: string, name: string, namespace = 'default') => `uid-${path(kind, name, namespace)}`;

async function viewed(
  prepare: (api: TestApi) => void,
  adopt: AdoptFlag = 'knative',
  more: Partial<ClusterViewOptions> = {},
) {
  const api = await testApi();
  prepare(api);
  const clock = manualClock();
  const kube = connect({ server: api.url });
  const log = { info: () => undefined, warn: () => undefined };
  const view = clusterView({ kube, clock, log, adopt, domain: 'example.com', ...more });
  const told: string[] = [];
  view.subscribe((key) => told.push(key));
  closing.push(
    () => api.close(),
    () => kube.close(),
    () => view.stop(),
  );
  view.start();
  await view.whenSynced;
  /** Waits for the workload to be as wanted. */
  const when = (key: string, is: (workload: ObservedWorkload) => boolean) =>
    until(() => {
      clock.advance(20);
      const workload = view.get(key);
      return workload !== undefined && is(workload) ? workload : undefined;
    }, `${key} as wanted`);
  return {
    api,
    clock,
    view,
    told,
    when: when as (key: string, is: (w: ObservedWorkload) => boolean) => Promise<ObservedWorkload>,
  };
}

/** One managed Deployment `web` with a ReplicaSet; pods come by the test. */
function web(api: TestApi, annotations: object = enabled, replicas = 1): void {
  api.put(path('deployments', 'web'), rawDeployment('web', annotations, replicas));
  api.put(path('replicasets', 'web-1'), rawReplicaSet(uidOf('deployments', 'web'), replicas));
}
const webPod = (status = {}, container = {}, metadata = {}) =>
  rawPod(uidOf('replicasets', 'web-1'), status, container, metadata);
const READY = { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:01:00Z' }] };

test('a managed Deployment is seen with its ReplicaSet, pods, routes and port', async () => {
  const { view } = await viewed((api) => {
    web(api);
    api.put(path('pods', 'web-1-a'), webPod(READY));
    api.put(path('services', 'shop'), { spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] } });
    api.put(path('deployments', 'other'), rawDeployment('other', {}));
  });
  expect(view.keys()).toEqual(['default/web']);
  const workload = view.get('default/web')!;
  expect(workload).toMatchObject({
    mode: 'managed',
    modeReason: null,
    problems: [],
    replicas: 1,
    everReady: true,
    blocked: null,
    conflict: null,
    hpa: null,
    hosts: ['web.default.example.com', 'shop.default.example.com'],
    replicaSets: [{ name: 'web-1', replicas: 1, statusReplicas: 1 }],
  });
  expect(workload.routes).toEqual(
    ['web', 'shop'].flatMap((name) =>
      ['example.com', '', 'svc', 'svc.cluster.local'].map((end) => `${name}.default${end === '' ? '' : `.${end}`}`),
    ),
  );
  expect(workload.pods).toMatchObject([
    { name: 'web-1-a', address: '10.0.0.1', port: 8080, phase: 'ready', ready: true, terminating: false },
  ]);
  expect(workload.pods[0]?.probe).toEqual({ kind: 'tcp', port: 8080, timeoutMs: 1000 });
  expect(view.get('default/web')).toBe(workload);
  expect(view.deployment('default/other')).toMatchObject({ replicas: 1 });
});

test('pods, ReplicaSets and Services are read only where a managed Deployment is, and no longer than it is', async () => {
  const { api, view, clock } = await viewed((api) => {
    api.put(path('deployments', 'idle', 'quiet'), rawDeployment('idle', {}));
  });
  const inQuiet = () => api.requests.filter((each) => each.includes('/namespaces/quiet/')).length;
  expect(view.keys()).toEqual([]);
  expect(inQuiet()).toBe(0);
  api.put(path('deployments', 'idle', 'quiet'), rawDeployment('idle', enabled));
  await until(() => view.get('quiet/idle') !== undefined);
  expect(inQuiet()).toBeGreaterThanOrEqual(4);
  api.put(path('deployments', 'idle', 'quiet'), rawDeployment('idle', {}));
  await until(() => view.get('quiet/idle') === undefined);
  const before = inQuiet();
  const watched = () => api.requests.filter((each) => each.endsWith('/apis/apps/v1/deployments')).length;
  const watchedBefore = watched();
  api.cutWatches();
  await until(() => {
    clock.advance(1_000);
    return watched() > watchedBefore;
  });
  expect(inQuiet()).toBe(before);
});

test('a pod is starting with its own probe, ready by the API, and by the API alone once it lost its readiness', async () => {
  const probe = { readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, timeoutSeconds: 2 } };
  const running = { containerStatuses: [{ name: 'app', state: { running: { startedAt: '2026-01-01T00:00:10Z' } } }] };
  const { api, when } = await viewed((api) => {
    web(api);
    api.put(path('pods', 'web-1-a'), webPod(running, probe));
  });
  const early = await when('default/web', (each) => each.pods.length === 1);
  expect(early.pods[0]).toMatchObject({
    phase: 'starting',
    probe: { kind: 'http', port: 8080, path: '/healthz', timeoutMs: 2000 },
    startedMs: Date.UTC(2026, 0, 1, 0, 0, 10),
  });
  api.put(path('pods', 'web-1-a'), webPod({ ...running, ...READY }, probe));
  const ready = await when('default/web', (each) => each.pods[0]?.ready === true);
  expect(ready.pods[0]).toMatchObject({ phase: 'ready', probe: null, readySinceMs: Date.UTC(2026, 0, 1, 0, 1) });
  api.put(path('pods', 'web-1-a'), webPod(running, probe));
  const lost = await when('default/web', (each) => each.pods[0]?.ready === false);
  expect(lost.pods[0]).toMatchObject({ phase: 'starting', probe: null });
});

test('a deleted, disrupted or failed pod is terminating', async () => {
  const { api, when } = await viewed((api) => {
    web(api, enabled, 3);
    api.put(path('pods', 'web-1-a'), webPod(READY));
    api.put(path('pods', 'web-1-b'), webPod({ conditions: [{ type: 'DisruptionTarget', status: 'True' }] }));
    api.put(path('pods', 'web-1-c'), webPod({ phase: 'Failed' }));
  });
  const first = await when('default/web', (each) => each.pods.length === 3);
  expect(first.pods.map((each) => each.terminating)).toEqual([false, true, true]);
  api.put(path('pods', 'web-1-a'), webPod(READY, {}, { deletionTimestamp: '2026-01-01T00:02:00Z' }));
  const then = await when('default/web', (each) => each.pods[0]?.terminating === true);
  expect(then.pods[0]?.deleted).toBe(true);
  api.remove(path('pods', 'web-1-a'));
  await when('default/web', (each) => each.pods.length === 2);
});

test('a bad value keeps the last good settings, and a Deployment that never had any is left alone', async () => {
  const min = 'autoscaling.knative.dev/min-scale';
  const { api, when, view } = await viewed((api) => {
    web(api, { ...enabled, [min]: '2' });
    api.put(path('deployments', 'new'), rawDeployment('new', { ...enabled, [min]: 'two' }));
  });
  expect(view.get('default/new')).toMatchObject({
    mode: 'left-alone',
    problems: [{ key: min, value: 'two' }],
    routes: [],
  });
  api.put(path('deployments', 'web'), rawDeployment('web', { ...enabled, [min]: '-1' }));
  const bad = await when('default/web', (each) => each.problems.length > 0);
  expect(bad).toMatchObject({ mode: 'managed', settings: { minScale: 2 }, problems: [{ key: min, value: '-1' }] });
  api.put(path('deployments', 'web'), rawDeployment('web', { ...enabled, [min]: '3' }));
  expect((await when('default/web', (each) => each.problems.length === 0)).settings.minScale).toBe(3);
});

test("the Namespace's label adopts what is in it, and lets go of it again", async () => {
  const { api, view, when } = await viewed((api) => {
    api.put(path('deployments', 'web'), rawDeployment('web', {}));
  });
  expect(view.keys()).toEqual([]);
  api.put('/api/v1/namespaces/default', { metadata: { labels: enabled } });
  await when('default/web', (each) => each.mode === 'managed');
  api.put('/api/v1/namespaces/default', { metadata: { labels: {} } });
  await until(() => view.get('default/web') === undefined);
});

test('two Deployments with one route: the older keeps it and the younger is told; it moves when the older goes', async () => {
  const routed = { ...enabled, 'rouse.dev/routes': 'shop.example.org' };
  const at = (creationTimestamp: string) => ({ metadata: { annotations: routed, creationTimestamp } });
  const { api, view, when } = await viewed((api) => {
    api.put(path('deployments', 'b'), { ...rawDeployment('b', routed), ...at('2026-01-01T00:00:00Z') });
    api.put(path('deployments', 'a'), { ...rawDeployment('a', routed), ...at('2026-01-02T00:00:00Z') });
  });
  expect(view.get('default/b')?.routes).toContain('shop.example.org');
  expect(view.get('default/a')?.routes).not.toContain('shop.example.org');
  expect(view.get('default/a')?.problems).toMatchObject([{ key: 'rouse.dev/routes', value: 'shop.example.org' }]);
  api.remove(path('deployments', 'b'));
  const then = await when('default/a', (each) => each.routes.includes('shop.example.org'));
  expect(then.problems).toEqual([]);
});

test('refused creation blocks only after five seconds of it', async () => {
  const refused = {
    replicas: 0,
    conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }],
  };
  const { clock, view, told } = await viewed((api) => {
    api.put(path('deployments', 'web'), rawDeployment('web', enabled));
    api.put(path('replicasets', 'web-1'), { ...rawReplicaSet(uidOf('deployments', 'web')), status: refused });
  });
  expect(view.get('default/web')?.blocked).toBeNull();
  told.length = 0;
  clock.advance(4_999);
  expect(view.get('default/web')?.blocked).toBeNull();
  clock.advance(1);
  expect(told).toEqual(['default/web']);
  expect(view.get('default/web')?.blocked).toEqual({ code: 'creation-refused', message: 'exceeded quota' });
});

test('an app in a crash loop blocks after its third start, and no longer when another pod comes', async () => {
  const crashing = (restartCount: number) => ({
    containerStatuses: [
      {
        name: 'app',
        restartCount,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 3, reason: 'Error' } },
      },
    ],
  });
  const { api, when } = await viewed((api) => {
    web(api);
    api.put(path('pods', 'web-1-a'), webPod(crashing(1)));
  });
  expect((await when('default/web', (each) => each.pods[0]?.restarts === 1)).blocked).toBeNull();
  api.put(path('pods', 'web-1-a'), webPod(crashing(2)));
  const blocked = await when('default/web', (each) => each.blocked !== null);
  expect(blocked.blocked).toEqual({
    code: 'crash-loop',
    message: 'web-1-a, container app: CrashLoopBackOff, exited with 3 (Error), 2 restarts',
  });
  api.put(path('pods', 'web-1-b'), webPod());
  await when('default/web', (each) => each.blocked === null);
});

test('a foreign write of replicas is seen with its manager, and our own is not one', async () => {
  const owned = (manager: string) => ({
    metadata: { managedFields: [{ manager, fieldsV1: { 'f:spec': { 'f:replicas': {} } } }] },
  });
  const write = (replicas: number, manager: string) => {
    const { metadata, ...rest } = rawDeployment('web', enabled, replicas);
    return { ...rest, metadata: { ...(metadata as object), ...owned(manager).metadata } };
  };
  const { api, view, when } = await viewed((api) => web(api));
  view.noteWrite('default/web', 3);
  api.put(path('deployments', 'web'), write(3, 'rouse-operator'));
  expect((await when('default/web', (each) => each.replicas === 3)).foreignWrite).toBeNull();
  api.put(path('deployments', 'web'), write(1, 'kubectl'));
  const seen = await when('default/web', (each) => each.replicas === 1);
  expect(seen.foreignWrite).toMatchObject({ manager: 'kubectl', from: 3, to: 1 });
  expect(seen.conflict).toBeNull();
});

test('an autoscaler with this target is named, found by scaleTargetRef', async () => {
  const { view } = await viewed((api) => {
    web(api);
    api.put('/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/hpa-1', {
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
    });
  });
  expect(view.get('default/web')?.hpa).toEqual({ name: 'hpa-1', inferenceService: null });
});

test('without permission for autoscalers and Namespaces all else is seen', async () => {
  const { view } = await viewed((api) => {
    web(api);
    api.fail(/horizontalpodautoscalers$/, 403);
    api.fail(/\/namespaces$/, 403);
  });
  expect(view.get('default/web')?.mode).toBe('managed');
  expect(view.troubles()).toEqual([expect.stringContaining('403')]);
});

test('a Deployment made anew under its name is another workload', async () => {
  const { api, when, view } = await viewed((api) => web(api, { ...enabled, 'autoscaling.knative.dev/min-scale': '2' }));
  expect(view.get('default/web')?.settings.minScale).toBe(2);
  const anew = rawDeployment('web', { ...enabled, 'autoscaling.knative.dev/min-scale': 'x' });
  api.put(path('deployments', 'web'), { ...anew, metadata: { ...(anew.metadata as object), uid: 'second' } });
  const then = await when('default/web', (each) => each.uid === 'second');
  expect(then).toMatchObject({ mode: 'left-alone', pods: [] });
});

test('with --namespaces only those are read, each by itself, and Namespaces not at all', async () => {
  const { api, view } = await viewed(
    (each) => {
      for (const namespace of ['a', 'b', 'c'])
        each.put(path('deployments', 'web', namespace), rawDeployment('web', enabled));
    },
    'knative',
    { namespaces: ['a', 'b'] },
  );
  expect(view.keys()).toEqual(['a/web', 'b/web']);
  expect(view.deployment('b/web')).toBeDefined();
  expect(view.deployment('c/web')).toBeUndefined();
  expect(api.requests.filter((each) => !each.includes('/namespaces/'))).toEqual([]);
  expect(api.requests.filter((each) => each.includes('/namespaces/c/'))).toEqual([]);
});

test('other cluster defaults are taken up by every workload that has none of its own', async () => {
  let config = defaultClusterConfig;
  const { view, told } = await viewed((api) => web(api), 'knative', { config: () => config });
  expect(view.get('default/web')?.settings.windowMs).toBe(60_000);
  config = { ...config, stableWindow: 9_000 };
  told.length = 0;
  view.configChanged();
  expect(told).toEqual(['default/web']);
  expect(view.get('default/web')?.settings.windowMs).toBe(9_000);
});
