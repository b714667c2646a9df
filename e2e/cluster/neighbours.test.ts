/** Rouse beside others that have a say in a Deployment: Knative, KServe, a HorizontalPodAutoscaler, an applier of replicas. */
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import { expect, test } from 'vitest';
import { deployment } from '../app/app-deployment.ts';
import { deployments } from '../deployments.ts';
import { toldEvents } from '../events.ts';
import { hands } from '../hands.ts';
import { request } from '../request.ts';
import { failed, startLoad } from '../scenarios/load.ts';
import { apiWrites } from './audit.ts';
import { clusterSuite } from './suite.ts';

const { cluster, rouse, system } = clusterSuite({ rouse: { proxies: 1 } });
const { create, get, settled, livePods } = deployments(cluster);
const { known } = hands(system);
const { about, told } = toldEvents(cluster);
const WINDOW_MS = 6_000;
const window = { 'autoscaling.knative.dev/window': `${WINDOW_MS / 1000}s` };
const collection = '/apis/apps/v1/namespaces/default/deployments';
const ask = (host: string) => request(rouse().port, host, '/');
const replicas = async (name: string): Promise<number> => (await get(name)).spec.replicas;
/** Such requests wake nobody: without a route they get 404. */
const quiet = { 'rouse.dev/quiet': 'path:/healthz' };
const routed = (host: string): Promise<unknown> =>
  until(async () => (await request(rouse().port, host, '/healthz')).status === 503, `${host} is routed`, 30_000);
/** Says a figure that people ask for. */
const figure = (text: string): void => console.log(`figure: ${text}`);

interface MadeDeployment {
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: { readonly template: { readonly spec: object } };
}
function made(name: string, running: number, annotations: Readonly<Record<string, string>> = window): MadeDeployment {
  const object = deployment({ name, replicas: running, annotations }, cluster().appLogFile) as MadeDeployment;
  Object.assign(object.spec.template.spec, { automountServiceAccountToken: false });
  return object;
}

test.concurrent('a Deployment that a Knative Revision owns is left alone, also when somebody enabled it by hand', async () => {
  await cluster().apply(revisionDefinition);
  const revisions = '/apis/serving.knative.dev/v1/namespaces/default/revisions';
  await until(async () => {
    const { kube } = cluster().plane;
    return (await kube.request({ method: 'GET', path: revisions })).ok;
  }, 'Revisions are served');
  const revision = { apiVersion: 'serving.knative.dev/v1', kind: 'Revision', metadata: { name: 'hello-00001' } };
  await cluster().apply(revision);
  const { uid } = (await cluster().get<KubeObject>(`${revisions}/hello-00001`)).metadata;
  const owner = { ...revision, metadata: undefined, name: 'hello-00001', uid, controller: true };
  const owned = (name: string, annotations: Readonly<Record<string, string>>) => {
    const object = made(name, 1);
    return { ...object, metadata: { name, annotations, ownerReferences: [owner] } };
  };
  await cluster().apply(
    owned('hello-00001-deployment', { ...window, 'autoscaling.knative.dev/min-scale': '3' }),
    owned('enabled-by-hand', { ...window, 'rouse.dev/enabled': 'true' }),
  );
  // One of the same kind that is ours goes to sleep in the meantime.
  await create({ name: 'ours', annotations: window, replicas: 1 });
  await settled('ours', 1);
  await settled('ours', 0, 60_000);
  expect([await replicas('hello-00001-deployment'), await replicas('enabled-by-hand')]).toEqual([1, 1]);
  // Knative's own are no news; one that somebody enabled is worth a word.
  expect(await about('hello-00001-deployment')).toEqual([]);
  await told('enabled-by-hand', 'RouseLeftAlone', 'hello-00001');
  expect((await ask('hello-00001-deployment.default.example.com')).headers['x-rouse-error']).toBe('no-route');
});

const revisionDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'revisions.serving.knative.dev' },
  spec: {
    group: 'serving.knative.dev',
    scope: 'Namespaced',
    names: { kind: 'Revision', plural: 'revisions', singular: 'revision' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

test.concurrent("with Knative's keys alone a Deployment keeps its replicas until a first request has come", async () => {
  await cluster().apply({ ...made('unrouted', 1), metadata: { name: 'unrouted', annotations: window } });
  await create({ name: 'beside', annotations: window, replicas: 1 });
  await settled('unrouted', 1);
  // Long enough for one that is managed in full.
  await settled('beside', 0, 60_000);
  expect(await replicas('unrouted')).toBe(1);
  expect((await ask('unrouted.default.example.com')).status).toBe(200);
  await settled('unrouted', 0, 60_000);
});

test.concurrent("KServe's Deployment under the InferenceService's own host: from zero to many and back", async () => {
  const name = 'custom-model-autoscaling-predictor';
  const host = 'custom-model-autoscaling.default.example.com';
  const labels = {
    app: `isvc.${name}`,
    component: 'predictor',
    'serving.kserve.io/inferenceservice': 'custom-model-autoscaling',
  };
  const annotations = {
    ...window,
    'autoscaling.knative.dev/target': '2',
    'rouse.dev/max-scale': '4',
    ...quiet,
    'serving.kserve.io/deploymentMode': 'RawDeployment',
    'serving.kserve.io/autoscalerClass': 'external',
  };
  const object = made(name, 0);
  await cluster().apply(
    {
      ...object,
      // Nobody enabled it: Knative's keys adopt it with its first request.
      metadata: { name, labels, annotations },
      spec: { ...object.spec, selector: { matchLabels: { app: labels.app } }, template: templateWith(object, labels) },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: labels.app }, ports: [{ port: 80, targetPort: 8080 }] },
    },
  );
  await routed(host);
  expect((await rouse().workload(name))?.hosts).toContain(host);
  expect(await replicas(name)).toBe(0);
  const path = '/v1/models/custom-model:predict?ms=100';
  const load = startLoad({ port: rouse().port, host, path, name: 'predict', atOnce: 10 });
  await until(async () => ((await get(name)).status?.readyReplicas ?? 0) === 4, 'as many as it may have', 30_000);
  const outcomes = await load.stop();
  expect(failed(outcomes)).toEqual([]);
  const endedMs = performance.now();
  await until(async () => ((await get(name)).status?.replicas ?? 0) === 0, 'no pod', 60_000);
  const asleepMs = Math.round(performance.now() - endedMs);
  const first = Math.max(...outcomes.slice(0, 10).map(({ tookMs }) => tookMs));
  figure(
    `KServe: ${outcomes.length} requests, 0 failed, the first ten within ${first} ms, asleep after ${asleepMs} ms`,
  );
});

function templateWith(object: MadeDeployment, labels: object): object {
  return { ...object.spec.template, metadata: { labels } };
}

for (const propagationPolicy of ['Background', 'Foreground']) {
  test.concurrent(`a Deployment deleted (${propagationPolicy}) while requests are held: they end at once, with the reason`, async () => {
    const name = `goes-in-the-${propagationPolicy.toLowerCase()}`;
    const host = `${name}.default.example.com`;
    await create({ name, annotations: { ...window, ...quiet }, env: { NEVER_LISTEN: '1' } });
    await routed(host);
    const held = Array.from({ length: 20 }, () => ask(host));
    await until(async () => (await rouse().workload(name))?.held === 20, 'all are held');
    await until(async () => (await livePods(name)).length > 0, 'a pod');
    const startedMs = performance.now();
    await cluster().remove(`${collection}/${name}`, { propagationPolicy });
    const answers = await Promise.all(held);
    const tookMs = Math.round(performance.now() - startedMs);
    const codes = answers.map(({ status, headers }) => `${status} ${headers['x-rouse-error']}`);
    expect(new Set(codes)).toEqual(new Set(['503 workload-removed']));
    figure(`deleted (${propagationPolicy}): 20 held requests answered within ${tookMs} ms`);
    expect(tookMs).toBeLessThan(2_000);
  });
}

test.concurrent('an applier that sets its own replicas back again and again: Rouse stops, and says what to remove', async () => {
  const annotations = { ...window, 'autoscaling.knative.dev/min-scale': '2', 'rouse.dev/enabled': 'true' };
  const applied = made('from-git', 1, annotations);
  await cluster().apply(applied);
  await until(async () => (await replicas('from-git')) === 2, 'scaled by Rouse', 30_000);
  for (let revert = 1; revert <= 3; revert++) {
    expect(await about('from-git', 'RouseConflict')).toEqual([]);
    await cluster().apply(applied);
    if (revert < 3) await until(async () => (await replicas('from-git')) === 2, 'scaled by Rouse again', 30_000);
  }
  const event = await told('from-git', 'RouseConflict', 'Remove spec.replicas from what e2e applies');
  expect(event.type).toBe('Warning');
  expect((await rouse().workload('from-git'))?.problems.join()).toContain('e2e set it back to 1 3 times');
  // From here on it is the applier's. (Events are written later than what they tell of.)
  const scalings = () =>
    apiWrites(cluster().plane).filter(({ subresource, name }) => subresource === 'scale' && name === 'from-git').length;
  const scaled = scalings();
  expect(scaled).toBeGreaterThan(2);
  await settled('from-git', 1);
  expect((await ask('from-git.default.example.com')).status).toBe(200);
  expect([await replicas('from-git'), scalings()]).toEqual([1, scaled]);
});

test.concurrent('a real HorizontalPodAutoscaler on the same Deployment: told with its fix, not fought, and no request fails', async () => {
  await create({ name: 'both', annotations: window });
  await known('both');
  await cluster().apply({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'both-hpa' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'both' },
      minReplicas: 2,
      maxReplicas: 3,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  });
  const event = await told('both', 'RouseConflict', 'HorizontalPodAutoscaler both-hpa');
  expect(event.message).toContain('rouse.dev/enabled: "false"');
  // Rouse wants one pod for this, the autoscaler never fewer than two.
  const load = startLoad({
    port: rouse().port,
    host: 'both.default.example.com',
    path: '/?ms=50',
    name: 'both',
    atOnce: 1,
  });
  const startedMs = performance.now();
  await told('both', 'RouseConflict', 'set it back to 2 3 times', 90_000);
  const conflictMs = Math.round(performance.now() - startedMs);
  const scaled = (await about('both', 'RouseScaled')).length;
  const done = load.outcomes.length;
  await until(() => load.outcomes.length > done + 100, 'some more');
  const outcomes = await load.stop();
  figure(
    `autoscaler against Rouse: ${failed(outcomes).length} of ${outcomes.length} failed, Rouse gave way after ${conflictMs} ms`,
  );
  expect(failed(outcomes)).toEqual([]);
  expect([await replicas('both'), (await about('both', 'RouseScaled')).length]).toEqual([2, scaled]);
  expect((await rouse().workload('both'))?.problems.join()).toContain('both-hpa');
});
