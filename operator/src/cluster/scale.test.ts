import { connect, type Kube } from '@rouse/kube';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deletionCostOf, LOWEST_DELETION_COST, writeDeletionCost } from './deletion-cost.ts';
import { readDeployment, readPodFate } from './fresh-read.ts';
import { patchScale } from './scale.ts';
import { type Json, type TestApi, testApi } from './test-api.ts';

const DEPLOYMENT = '/apis/apps/v1/namespaces/default/deployments/web';
const POD = '/api/v1/namespaces/default/pods/web-1';
let api: TestApi;
let kube: Kube;

beforeEach(async () => {
  api = await testApi();
  kube = connect({ server: api.url });
});
afterEach(async () => {
  await kube.close();
  await api.close();
});

function deploy(replicas: number): string {
  api.put(DEPLOYMENT, { spec: { replicas } });
  return String((api.get(DEPLOYMENT)!.metadata as Json).resourceVersion);
}
const replicas = () => (api.get(DEPLOYMENT)!.spec as Json).replicas;

for (const [seen, to] of [
  [0, 1],
  [0, 7],
  [1, 0],
  [3, 2],
  [2, 9],
] as const) {
  test(`${seen} to ${to} is applied where ${seen} is what is there, and refused where it is not`, async () => {
    deploy(seen);
    expect((await patchScale(kube, 'default/web', { seen, to })).kind).toBe('applied');
    expect(replicas()).toBe(to);
    deploy(4);
    expect((await patchScale(kube, 'default/web', { seen, to })).kind).toBe('refused');
    expect(replicas()).toBe(4);
    if (seen === 0) return;
    deploy(0);
    expect((await patchScale(kube, 'default/web', { seen, to })).kind).toBe('refused');
    expect(replicas()).toBe(0);
  });
}

test('with a resourceVersion any other change refuses it too', async () => {
  const resourceVersion = deploy(3);
  deploy(3);
  expect((await patchScale(kube, 'default/web', { seen: 3, to: 2, resourceVersion })).kind).toBe('refused');
  const newest = deploy(3);
  expect(await patchScale(kube, 'default/web', { seen: 3, to: 2, resourceVersion: newest })).toEqual({
    kind: 'applied',
    resourceVersion: String(Number(newest) + 1),
  });
});

test('an answer that is lost leaves it unknown, though it was applied', async () => {
  deploy(1);
  api.fail(/scale$/, 'applied-unanswered');
  expect((await patchScale(kube, 'default/web', { seen: 1, to: 0 })).kind).toBe('unknown');
  expect(replicas()).toBe(0);
});

test('a server error leaves it unknown; a missing Deployment, a refusal or no server do not', async () => {
  deploy(1);
  api.fail(/scale$/, 500);
  expect((await patchScale(kube, 'default/web', { seen: 1, to: 0 })).kind).toBe('unknown');
  api.heal();
  expect((await patchScale(kube, 'default/none', { seen: 1, to: 0 })).kind).toBe('failed');
  api.fail(/scale$/, 403);
  expect((await patchScale(kube, 'default/web', { seen: 1, to: 0 })).kind).toBe('failed');
  await api.close();
  const alone = connect({ server: api.url });
  expect((await patchScale(alone, 'default/web', { seen: 1, to: 0 })).kind).toBe('failed');
  await alone.close();
});

test('a deletion cost is written to exactly this pod, and removed again', async () => {
  api.put(POD, { metadata: { uid: 'one', annotations: { other: 'x' } } });
  const pod = { namespace: 'default', name: 'web-1', uid: 'one' };
  expect(await writeDeletionCost(kube, pod, LOWEST_DELETION_COST)).toMatchObject({ ok: true });
  const annotations = () => (api.get(POD)!.metadata as Json).annotations;
  expect(annotations()).toEqual({ other: 'x', 'controller.kubernetes.io/pod-deletion-cost': '-2147483648' });
  await writeDeletionCost(kube, pod, null);
  expect(annotations()).toEqual({ other: 'x' });
  expect(await writeDeletionCost(kube, { ...pod, uid: 'two' }, 1)).toMatchObject({ ok: false, status: 409 });
});

test('a deletion cost is read with its author; one that is no int32 counts as 0', () => {
  const key = 'controller.kubernetes.io/pod-deletion-cost';
  const cost = (value: string, manager: string) =>
    deletionCostOf({
      name: 'p',
      uid: 'u',
      resourceVersion: '1',
      annotations: { [key]: value },
      managedFields: [{ manager, fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${key}`]: {} } } } }],
    });
  expect(cost('-5', 'rouse-operator')).toEqual({ value: -5, ours: true });
  expect(cost('7', 'kubectl')).toEqual({ value: 7, ours: false });
  for (const bad of ['', '+1', '1.5', '01', '2147483648', 'x']) expect(cost(bad, 'kubectl')?.value).toBe(0);
  expect(deletionCostOf({ name: 'p', uid: 'u', resourceVersion: '1' })).toBeNull();
});

test('a pod is gone when another has its name, and going with a deletionTimestamp', async () => {
  const pod = { namespace: 'default', name: 'web-1', uid: 'one' };
  expect(await readPodFate(kube, pod)).toMatchObject({ ok: true, value: 'gone' });
  api.put(POD, { metadata: { uid: 'one' } });
  expect(await readPodFate(kube, pod)).toMatchObject({ value: 'stays' });
  expect(await readPodFate(kube, { ...pod, uid: 'two' })).toMatchObject({ value: 'gone' });
  api.put(POD, { metadata: { uid: 'one', deletionTimestamp: '2026-01-01T00:00:00Z' } });
  expect(await readPodFate(kube, pod)).toMatchObject({ value: 'going' });
});

test('a fresh read tells replicas and how far the controller is', async () => {
  api.put(DEPLOYMENT, { metadata: { generation: 4 }, spec: { replicas: 0 }, status: { observedGeneration: 3 } });
  expect(await readDeployment(kube, 'default/web')).toMatchObject({
    ok: true,
    value: { replicas: 0, generation: 4, observedGeneration: 3 },
  });
});
