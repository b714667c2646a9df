/** What Deployments have from the InferenceService that owns them, over a real HTTP API. */
import { manualClock, until } from '@rouse/contract/testing';
import { connect } from '@rouse/kube';
import { afterEach, expect, test } from 'vitest';
import { type ClusterViewOptions, clusterView } from './cluster-view.ts';
import type { ObservedWorkload } from './observed-workload.ts';
import { type Json, type TestApi, testApi } from './test-api.ts';
import { enabled, rawDeployment } from './test-records.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const NAME = 'custom-model-autoscaling';
const HOST = `${NAME}.models.example.org`;
const KEY = `default/${NAME}-predictor`;
const isvcPath = (name = NAME, namespace = 'default') =>
  `/apis/serving.kserve.io/v1beta1/namespaces/${namespace}/inferenceservices/${name}`;
const deploymentPath = (name: string, namespace = 'default') =>
  `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
const EXTERNAL = { 'serving.kserve.io/autoscalerClass': 'external' };

function put(api: TestApi, predictor: object, annotations: object = {}, more: Json = {}, name = NAME): void {
  api.put(isvcPath(name), {
    metadata: { annotations: { ...EXTERNAL, ...annotations } },
    spec: { predictor },
    status: { url: `http://${HOST}` },
    ...more,
  });
}
/** As KServe makes it. */
function putDeployment(
  api: TestApi,
  annotations: object = enabled,
  component = 'predictor',
  owner: Json = {},
  replicas = 1,
): void {
  const name = `${NAME}-${component}`;
  const uid = `uid-${isvcPath()}`;
  api.put(
    deploymentPath(name),
    rawDeployment(name, annotations, replicas, {
      metadata: {
        annotations,
        labels: { component, 'serving.kserve.io/inferenceservice': NAME },
        ownerReferences: [
          {
            apiVersion: 'serving.kserve.io/v1beta1',
            kind: 'InferenceService',
            name: NAME,
            uid,
            controller: true,
            ...owner,
          },
        ],
      },
    }),
  );
}

async function viewed(prepare: (api: TestApi) => void, more: Partial<ClusterViewOptions> = {}, stepMs = 1) {
  const api = await testApi();
  prepare(api);
  const clock = manualClock();
  const kube = connect({ server: api.url });
  const warned: string[] = [];
  const log = { info: () => undefined, warn: (message: string) => void warned.push(message) };
  const view = clusterView({ kube, clock, log, adopt: 'knative', domain: 'example.com', ...more });
  closing.push(
    () => api.close(),
    () => kube.close(),
    () => view.stop(),
  );
  view.start();
  let synced = false;
  void view.whenSynced.then(() => {
    synced = true;
  });
  await until(() => {
    clock.advance(stepMs);
    return synced;
  }, 'the view to be synced');
  const when = (is: (workload: ObservedWorkload) => boolean, key = KEY): Promise<ObservedWorkload> =>
    until(() => {
      clock.advance(20);
      const workload = view.get(key);
      return workload !== undefined && is(workload) ? workload : undefined;
    }, `${key} as wanted`) as Promise<ObservedWorkload>;
  return { api, clock, view, when, warned };
}

test('bounds, metric and target come from the InferenceService, and its own host leads to the predictor', async () => {
  const { view } = await viewed((api) => {
    put(api, { minReplicas: 0, maxReplicas: 3, scaleTarget: 2, scaleMetric: 'concurrency' });
    putDeployment(api);
  });
  const workload = view.get(KEY)!;
  expect(workload).toMatchObject({
    mode: 'managed',
    problems: [],
    settings: { minScale: 0, maxScale: 3, target: 2, metric: 'concurrency' },
  });
  expect(workload.routes).toContain(HOST);
  expect(workload.hosts).toContain(HOST);
  expect(workload.hosts).toContain(`${NAME}.default.example.com`);
});

test('every change of it is taken up: fields, annotations, host', async () => {
  const { api, when } = await viewed((each) => {
    put(each, { minReplicas: 0 });
    putDeployment(each);
  });
  put(api, { minReplicas: 2 });
  await when(({ settings }) => settings.minScale === 2);
  put(api, { minReplicas: 2 }, { 'rouse.dev/min-scale': '1' });
  await when(({ settings }) => settings.minScale === 1);
  put(api, {}, {}, { status: { url: 'http://elsewhere.example.org' } });
  const moved = await when(({ routes }) => routes.includes('elsewhere.example.org'));
  expect(moved.routes).not.toContain(HOST);
  api.remove(isvcPath());
  const alone = await when(({ routes }) => !routes.includes('elsewhere.example.org'));
  expect(alone.settings.minScale).toBe(0);
});

test('the transformer takes the host from the predictor as soon as there is one, and each component has its own', async () => {
  const status = {
    url: `http://${HOST}`,
    components: {
      predictor: { url: 'http://predictor.example.org' },
      transformer: { url: 'http://transformer.example.org' },
    },
  };
  const { api, view, when } = await viewed((each) => {
    put(each, { minReplicas: 0 }, {}, { spec: { predictor: {}, transformer: { minReplicas: 4 } }, status });
    putDeployment(each);
  });
  expect(view.get(KEY)?.routes).toEqual(expect.arrayContaining([HOST, 'predictor.example.org']));
  putDeployment(api, enabled, 'transformer');
  const transformer = await when(({ routes }) => routes.includes(HOST), `default/${NAME}-transformer`);
  expect(transformer.settings.minScale).toBe(4);
  expect(transformer.routes).toContain('transformer.example.org');
  const predictor = await when(({ routes }) => !routes.includes(HOST));
  expect(predictor.routes).toContain('predictor.example.org');
});

test('a bad value is told with its place, and the last good settings stay in force', async () => {
  const { api, view, when } = await viewed((each) => {
    put(each, { minReplicas: 0, maxReplicas: 2 });
    putDeployment(each);
  });
  expect(view.get(KEY)?.problems).toEqual([]);
  put(api, { minReplicas: 0, maxReplicas: 'many' });
  const bad = await when(({ problems }) => problems.length > 0);
  expect(bad).toMatchObject({
    mode: 'managed',
    settings: { maxScale: 2 },
    problems: [{ key: `InferenceService ${NAME} spec.predictor.maxReplicas`, value: 'many', severity: 'error' }],
  });
  put(api, { minReplicas: 0, maxReplicas: 5 });
  expect((await when(({ problems }) => problems.length === 0)).settings.maxScale).toBe(5);
});

test('one that never had good settings is left alone: a cpu target is for another autoscaler', async () => {
  const { view } = await viewed((api) => {
    put(api, { scaleMetric: 'cpu', scaleTarget: 80 });
    putDeployment(api);
  });
  expect(view.get(KEY)).toMatchObject({ mode: 'left-alone', routes: [], problems: [{ value: 'cpu' }] });
});

const adopted: readonly [what: string, mode: string | undefined, isvc: object, own: object][] = [
  ['fields alone adopt nothing', undefined, {}, {}],
  ['the InferenceService says enabled', 'managed', enabled, {}],
  ['the InferenceService says enabled, the Deployment not', undefined, enabled, { 'rouse.dev/enabled': 'false' }],
  ["a key of Knative's on the InferenceService", 'unrouted', { 'autoscaling.knative.dev/target': '5' }, {}],
  ['a key of ours alone', 'left-alone', { 'rouse.dev/port': '8080' }, {}],
];
for (const [what, mode, annotations, own] of adopted) {
  test(`${what}: ${mode ?? 'not ours'}`, async () => {
    const { view } = await viewed((api) => {
      put(api, { minReplicas: 0 }, annotations);
      putDeployment(api, own);
    });
    expect(view.get(KEY)?.mode).toBe(mode);
  });
}

test('of several nodes: head and workers are left alone', async () => {
  const { view } = await viewed((api) => {
    put(api, { workerSpec: {} }, { 'serving.kserve.io/autoscalerClass': 'none' });
    putDeployment(api);
  });
  const workload = view.get(KEY);
  expect(workload).toMatchObject({ mode: 'left-alone', problems: [] });
  expect(workload?.modeReason).toContain('workerSpec');
});

test("KServe's own autoscaler is told with the class that removes it", async () => {
  const { view } = await viewed((api) => {
    put(api, {}, { 'serving.kserve.io/autoscalerClass': 'hpa' });
    putDeployment(api);
    api.put('/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/kserve', {
      metadata: {
        ownerReferences: [{ apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', name: NAME, uid: 'x' }],
      },
      spec: { scaleTargetRef: { kind: 'Deployment', name: `${NAME}-predictor` } },
    });
  });
  expect(view.get(KEY)).toMatchObject({
    mode: 'managed',
    hpa: { name: 'kserve', inferenceService: NAME },
    problems: [{ key: `InferenceService ${NAME} serving.kserve.io/autoscalerClass`, value: 'hpa' }],
  });
});

test('one of the same name that is not the owner says nothing', async () => {
  const { view } = await viewed((api) => {
    put(api, { minReplicas: 5 });
    putDeployment(api, enabled, 'predictor', { uid: 'of-an-earlier-one' });
  });
  expect(view.get(KEY)?.settings.minScale).toBe(0);
  expect(view.get(KEY)?.routes).not.toContain(HOST);
});

test('two that claim one host: the older Deployment keeps it', async () => {
  const { view } = await viewed((api) => {
    put(api, { minReplicas: 0 });
    putDeployment(api);
    api.put(deploymentPath('a-younger'), {
      ...rawDeployment('a-younger', { ...enabled, 'rouse.dev/routes': HOST }),
      metadata: { annotations: { ...enabled, 'rouse.dev/routes': HOST }, creationTimestamp: '2026-02-01T00:00:00Z' },
    });
  });
  expect(view.get(KEY)?.routes).toContain(HOST);
  expect(view.get('default/a-younger')?.problems).toMatchObject([{ value: HOST }]);
});

for (const status of [403, 404]) {
  test(`answered with ${status} they are not missed, and taken up when they can be read`, async () => {
    const { api, clock, view, warned } = await viewed((each) => {
      put(each, { minReplicas: 3 });
      putDeployment(each);
      each.fail(/inferenceservices$/, status);
    });
    expect(view.get(KEY)?.settings.minScale).toBe(0);
    expect([view.troubles(), warned]).toEqual([[], []]);
    api.heal();
    await until(() => {
      clock.advance(1_000);
      return view.get(KEY)?.settings.minScale === 3;
    });
  });
}

function failing(api: TestApi, predictor: object = { minReplicas: 3 }): void {
  put(api, predictor);
  putDeployment(api);
  api.put(deploymentPath('web'), rawDeployment('web', enabled));
  api.fail(/inferenceservices$/, 500);
}

test('while the API fails for them alone, all others are seen after a while, and what such a one owns stays as it is', async () => {
  const { api, clock, view } = await viewed(failing, {}, 1_000);
  await until(() => view.get('default/web') !== undefined);
  expect(view.get('default/web')?.settings).toMatchObject({ minScale: 0, maxScale: 0 });
  // Its requests find their way, since a proxy drops what a new leader's table lacks.
  const held = view.get(KEY);
  expect(held).toMatchObject({ mode: 'managed', settings: { minScale: 1, maxScale: 1 } });
  expect(held?.routes).toContain(`${NAME}.default.example.com`);
  expect(held?.problems).toMatchObject([{ key: `InferenceService ${NAME}`, severity: 'notice' }]);
  expect(view.troubles()).toEqual([expect.stringContaining('500')]);
  // Somebody scales it, to zero too: that is how it is now, and a request would still wake it.
  for (const [replicas, maxScale] of [
    [4, 4],
    [0, 1],
  ] as const) {
    putDeployment(api, enabled, 'predictor', {}, replicas);
    await until(() => view.get(KEY)?.replicas === replicas);
    expect(view.get(KEY)?.settings).toMatchObject({ minScale: replicas, maxScale });
  }
  api.heal();
  await until(() => {
    clock.advance(1_000);
    return view.get(KEY)?.settings.minScale === 3;
  });
  expect(view.troubles()).toEqual([]);
});

function failingOnce(api: TestApi, predictor?: object): void {
  failing(api, predictor);
  const healOnceAskedAgain = (): void => {
    if (api.requests.filter((each) => each.includes('inferenceservices')).length > 1) api.heal();
    else setImmediate(healOnceAskedAgain);
  };
  healOnceAskedAgain();
}

test('read after its Deployments, one that never had good settings is left alone all the same', async () => {
  const { view } = await viewed((api) => failingOnce(api, { scaleMetric: 'cpu' }), {}, 100);
  expect(view.get(KEY)).toMatchObject({ mode: 'left-alone', routes: [], problems: [{ value: 'cpu' }] });
});

test("a moment's fault is waited for: nobody goes on without what such a one owns", async () => {
  const { view, warned } = await viewed(failingOnce, {}, 100);
  expect(warned).toEqual(['Kubernetes resource unreadable']);
  expect(view.get(KEY)?.settings.minScale).toBe(3);
});

test('with --namespaces they are read there alone', async () => {
  const { api } = await viewed((each) => void putDeployment(each), { namespaces: ['default'] });
  const asked = api.requests.filter((each) => each.includes('inferenceservices'));
  expect(new Set(asked)).toEqual(new Set(['GET /apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices']));
});
