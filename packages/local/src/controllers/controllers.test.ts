import { type ManualClock, manualClock } from '@rouse/contract/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dig, type JsonObject } from '../json.ts';
import { DEPLOYMENTS, EVENTS, PODS, REPLICA_SETS, type ResourceKind } from '../kinds.ts';
import { type Deployment, kubeTime, type Pod, type ReplicaSet } from '../objects.ts';
import { type LocalApi, startLocalApi } from '../server.ts';
import { call, patch, until } from '../testing/api-client.ts';
import { configMapBody, deploymentBody } from '../testing/sample-objects.ts';
import type { Controller } from './replicaset-controller.ts';
import { startControllers } from './start-controllers.ts';

const APPS = '/apis/apps/v1/namespaces/default';
const PODS_PATH = '/api/v1/namespaces/default/pods';

let clock: ManualClock;
let api: LocalApi;
let controllers: Controller;
let faults: string[];

beforeEach(async () => {
  clock = manualClock();
  faults = [];
  api = await startLocalApi({ port: 0, clock });
  controllers = startControllers(api.registry, clock, (message, fields) =>
    faults.push(`${message} ${JSON.stringify(fields)}`),
  );
});

afterEach(async () => {
  await controllers.close();
  await api.close();
  expect(faults).toEqual([]);
});

const list = <T>(kind: ResourceKind) => [...api.registry.list(kind, 'default')] as T[];
const pods = () => list<Pod>(PODS).filter((pod) => !pod.metadata.deletionTimestamp);
const sets = () => list<ReplicaSet>(REPLICA_SETS);
const deployment = () => list<Deployment>(DEPLOYMENTS)[0] as Deployment;
const apply = (name: string, spec: JsonObject = {}, container: JsonObject = {}) =>
  call(api.url, `${APPS}/deployments`, { method: 'POST', body: deploymentBody(name, spec, container) });
const scale = (name: string, replicas: number) =>
  patch(api.url, `${APPS}/deployments/${name}/scale`, 'merge', { spec: { replicas } });
const podsAre = (count: number) => until(`${count} pods`, () => pods().length === count);
const condition = (type: string) => deployment().status?.conditions?.find((entry) => entry.type === type);

/** What a kubelet would do next: run what is bound, end what is terminating. */
async function playKubelet(readyToo = true): Promise<void> {
  for (const pod of list<Pod>(PODS)) {
    const path = `${PODS_PATH}/${pod.metadata.name}`;
    if (pod.metadata.deletionTimestamp) {
      await call(api.url, `${path}?gracePeriodSeconds=0`, { method: 'DELETE' });
    } else if (readyToo && pod.status?.phase !== 'Running') {
      const lastTransitionTime = kubeTime(clock.wallMs());
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime }];
      const status = {
        phase: 'Running',
        conditions,
        containerStatuses: [{ name: 'app', ready: true, restartCount: 0 }],
      };
      await patch(api.url, `${path}/status`, 'strategic-merge', { status });
    }
  }
}

/** Lets the controllers and the played kubelet go on until the condition holds. */
const play = (what: string, done: () => boolean) =>
  until(what, async () => {
    if (done()) return true;
    await playKubelet();
    return false;
  });

const available = (count: number) =>
  play(`${count} available`, () => (deployment().status?.availableReplicas ?? 0) === count && pods().length === count);

test('a Deployment gets a ReplicaSet, pods bound to the node with ports of their own, and its status', async () => {
  await apply(
    'web',
    { replicas: 2 },
    { ports: [{ name: 'http', containerPort: 8080 }], readinessProbe: { httpGet: { port: 'http' } } },
  );
  await podsAre(2);
  const [set] = sets();
  expect(set?.metadata.name).toMatch(/^web-[a-z0-9]{5,10}$/);
  const hash = set?.metadata.labels?.['pod-template-hash'];
  const ports = pods().map((pod) => pod.spec.containers[0]?.ports?.[0]?.containerPort);
  expect(new Set(ports).size).toBe(2);
  for (const pod of pods()) {
    const [port] = pod.spec.containers[0]?.ports ?? [];
    expect(pod.spec.nodeName).toBe('local');
    expect(pod.metadata.labels).toEqual({ app: 'web', 'pod-template-hash': hash });
    expect(pod.metadata.ownerReferences).toMatchObject([
      { kind: 'ReplicaSet', uid: set?.metadata.uid, controller: true },
    ]);
    expect(port?.containerPort).toBeGreaterThanOrEqual(20_000);
    expect(dig(pod.spec.containers[0]?.readinessProbe, 'httpGet', 'port')).toBe(port?.containerPort);
  }
  expect(deployment().spec.template.spec.containers[0]?.ports).toMatchObject([{ containerPort: 8080 }]);
  await available(2);
  await until('the whole status', () => condition('Progressing')?.reason === 'NewReplicaSetAvailable');
  expect(deployment().status).toMatchObject({
    observedGeneration: 1,
    replicas: 2,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
  });
  expect(condition('Available')?.status).toBe('True');
  const reasons = api.registry.list(EVENTS).map((event) => event.reason);
  expect(reasons.filter((reason) => reason === 'SuccessfulCreate')).toHaveLength(2);
  expect(reasons).toContain('ScalingReplicaSet');
});

test('a wake from zero makes its pods within milliseconds of the write', async () => {
  await apply('web', { replicas: 0 }, { ports: [{ containerPort: 80 }] });
  await until('a ReplicaSet', () => sets().length === 1);
  expect(deployment().status?.replicas).toBeUndefined();
  const startMs = performance.now();
  await scale('web', 3);
  await podsAre(3);
  expect(performance.now() - startMs).toBeLessThan(500);
});

test('scaled down it gives up the cheapest, then those not ready, and observes the generation', async () => {
  await apply('web', { replicas: 3 });
  await available(3);
  const [first, second, third] = pods().map((pod) => pod.metadata.name);
  await patch(api.url, `${PODS_PATH}/${second}`, 'merge', {
    metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-1' } },
  });
  await scale('web', 2);
  await podsAre(2);
  expect(pods().map((pod) => pod.metadata.name)).toEqual([first, third]);
  const notReady = { status: { conditions: [{ type: 'Ready', status: 'False' }] } };
  await patch(api.url, `${PODS_PATH}/${third}/status`, 'strategic-merge', notReady);
  await scale('web', 1);
  await podsAre(1);
  expect(pods()[0]?.metadata.name).toBe(first);
  await until('observed', () => deployment().status?.observedGeneration === deployment().metadata.generation);
  await until('observed', () => sets()[0]?.status?.observedGeneration === sets()[0]?.metadata.generation);
  const terminating = list<Pod>(PODS).find((pod) => pod.metadata.name === third);
  expect(terminating?.metadata.deletionGracePeriodSeconds).toBe(30);
});

test('a deleted pod is replaced, and its port is not used again while it ends', async () => {
  await apply('web', {}, { ports: [{ containerPort: 80 }] });
  await podsAre(1);
  const [before] = pods();
  await call(api.url, `${PODS_PATH}/${before?.metadata.name}`, { method: 'DELETE' });
  await until(
    'another pod',
    () => pods()[0]?.metadata.uid !== undefined && pods()[0]?.metadata.uid !== before?.metadata.uid,
  );
  const port = (pod: Pod | undefined) => pod?.spec.containers[0]?.ports?.[0]?.containerPort;
  expect(port(pods()[0])).not.toBe(port(before));
});

test('a new template rolls the pods and never has fewer available than allowed', async () => {
  await apply('web', { replicas: 4, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } });
  await available(4);
  const least: number[] = [];
  const most: number[] = [];
  const stop = api.store.subscribe(() => {
    least.push(pods().filter((pod) => pod.status?.phase === 'Running').length);
    most.push(pods().length);
  });
  const image = { spec: { template: { spec: { containers: [{ name: 'app', image: 'app:2' }] } } } };
  await patch(api.url, `${APPS}/deployments/web`, 'strategic-merge', image);
  const images = () => pods().map((pod) => pod.spec.containers[0]?.image);
  await play('all pods new', () => images().every((name) => name === 'app:2') && images().length === 4);
  await play('complete', () => condition('Progressing')?.reason === 'NewReplicaSetAvailable');
  stop();
  expect(Math.min(...least)).toBeGreaterThanOrEqual(3);
  expect(Math.max(...most)).toBeLessThanOrEqual(5);
  expect(
    sets()
      .map((set) => set.spec.replicas)
      .sort(),
  ).toEqual([0, 4]);
  expect(deployment().metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
});

test('going back to an earlier template uses its ReplicaSet again', async () => {
  await apply('web');
  await available(1);
  const image = (name: string) =>
    patch(api.url, `${APPS}/deployments/web`, 'strategic-merge', {
      spec: { template: { spec: { containers: [{ name: 'app', image: name }] } } },
    });
  await image('app:2');
  await play('two sets', () => sets().length === 2 && condition('Progressing')?.reason === 'NewReplicaSetAvailable');
  await image('app:1');
  await play('old pods again', () => pods().length === 1 && pods()[0]?.spec.containers[0]?.image === 'app:1');
  expect(sets()).toHaveLength(2);
  await until('revision 3', () => deployment().metadata.annotations?.['deployment.kubernetes.io/revision'] === '3');
});

test('Recreate waits for the last old pod to be gone', async () => {
  await apply('web', { replicas: 2, strategy: { type: 'Recreate' } });
  await available(2);
  const image = { spec: { template: { spec: { containers: [{ name: 'app', image: 'app:2' }] } } } };
  await patch(api.url, `${APPS}/deployments/web`, 'strategic-merge', image);
  await podsAre(0);
  expect(list<Pod>(PODS)).toHaveLength(2);
  await playKubelet();
  await podsAre(2);
  expect(pods().every((pod) => pod.spec.containers[0]?.image === 'app:2')).toBe(true);
});

test('scaled in the middle of a rollout, the sets share the change', async () => {
  await apply('web', { replicas: 10, strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } });
  await available(10);
  const image = { spec: { template: { spec: { containers: [{ name: 'app', image: 'app:2' }] } } } };
  await patch(api.url, `${APPS}/deployments/web`, 'strategic-merge', image);
  // Upstream's documented example: 8 old and 5 new, then 15 wanted.
  await until(
    '8 and 5',
    () =>
      sets()
        .map((set) => set.spec.replicas)
        .sort()
        .join() === '5,8',
  );
  await scale('web', 15);
  await until(
    '11 and 7',
    () =>
      sets()
        .map((set) => set.spec.replicas)
        .sort((a, b) => a - b)
        .join() === '7,11',
  );
});

test('a paused Deployment scales but does not roll', async () => {
  await apply('web', { paused: true, replicas: 0 });
  await patch(api.url, `${APPS}/deployments/web`, 'merge', { spec: { paused: false } });
  await until('a set', () => sets().length === 1);
  const changed = {
    spec: { paused: true, replicas: 2, template: { spec: { containers: [{ name: 'app', image: 'app:2' }] } } },
  };
  await patch(api.url, `${APPS}/deployments/web`, 'strategic-merge', changed);
  await podsAre(2);
  expect(pods()[0]?.spec.containers[0]?.image).toBe('app:1');
  await patch(api.url, `${APPS}/deployments/web`, 'merge', { spec: { paused: false } });
  await play('rolled', () => pods().length === 2 && pods().every((pod) => pod.spec.containers[0]?.image === 'app:2'));
});

test('minReadySeconds delays availability', async () => {
  await apply('web', { minReadySeconds: 10 });
  await podsAre(1);
  await playKubelet();
  await until('ready', () => deployment().status?.readyReplicas === 1);
  expect(deployment().status?.availableReplicas).toBeUndefined();
  clock.advance(10_000);
  await until('available', () => deployment().status?.availableReplicas === 1);
});

test('a rollout without progress is told after its deadline', async () => {
  await apply('web', { progressDeadlineSeconds: 60 });
  await podsAre(1);
  await until('progressing', () => condition('Progressing')?.reason === 'ReplicaSetUpdated');
  clock.advance(62_000);
  await until('exceeded', () => condition('Progressing')?.reason === 'ProgressDeadlineExceeded');
  expect(condition('Progressing')?.status).toBe('False');
});

test('a deleted Deployment takes its ReplicaSet and pods along; with Orphan they stay', async () => {
  await apply('web');
  await podsAre(1);
  await call(api.url, `${APPS}/deployments/web`, { method: 'DELETE' });
  await until('no set', () => sets().length === 0);
  await podsAre(0);
  await apply('kept');
  await podsAre(1);
  await call(api.url, `${APPS}/deployments/kept?propagationPolicy=Orphan`, { method: 'DELETE' });
  await until('no deployment', () => list(DEPLOYMENTS).length === 0);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sets()).toHaveLength(1);
  expect(pods()).toHaveLength(1);
});

test('a deleted namespace goes once all in it is gone', async () => {
  await call(api.url, '/api/v1/namespaces', { method: 'POST', body: { metadata: { name: 'team' } } });
  await call(api.url, '/api/v1/namespaces/team/configmaps', { method: 'POST', body: configMapBody('c') });
  await call(api.url, '/apis/apps/v1/namespaces/team/deployments', { method: 'POST', body: deploymentBody('web') });
  await until('a pod', () => api.registry.list(PODS, 'team').length === 1);
  expect((await call(api.url, '/api/v1/namespaces/team', { method: 'DELETE' })).body).toMatchObject({
    status: { phase: 'Terminating' },
  });
  await until('terminating', () => api.registry.list(PODS, 'team')[0]?.metadata.deletionTimestamp !== undefined);
  const pod = api.registry.list(PODS, 'team')[0];
  await call(api.url, `/api/v1/namespaces/team/pods/${pod?.metadata.name}?gracePeriodSeconds=0`, { method: 'DELETE' });
  await until('gone', async () => (await call(api.url, '/api/v1/namespaces/team')).code === 404);
});

test('a pod whose labels change is let go and replaced; an orphan that matches is adopted', async () => {
  await apply('web');
  await podsAre(1);
  const [first] = pods();
  const path = `${PODS_PATH}/${first?.metadata.name}`;
  await patch(api.url, path, 'merge', { metadata: { labels: { app: 'debug' } } });
  await podsAre(2);
  expect((await call(api.url, path)).body.metadata).not.toHaveProperty('ownerReferences');
  await patch(api.url, path, 'merge', { metadata: { labels: { app: 'web' } } });
  await podsAre(1);
});

test('300 Deployments at once all get their pod', async () => {
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: 300 }, (_, index) => apply(`web-${index}`, {}, { ports: [{ containerPort: 80 }] })),
  );
  await until('300 pods', () => pods().length === 300, 10_000);
  expect(performance.now() - startMs).toBeLessThan(10_000);
  const ports = pods().map((pod) => pod.spec.containers[0]?.ports?.[0]?.containerPort);
  expect(new Set(ports).size).toBe(300);
});
