import { afterEach, expect, test } from 'vitest';
import { closeAll, controlled, QUICK } from './controller-fixture.ts';
import { KEY } from './played-proxy.ts';

afterEach(closeAll);

type Controlled = Awaited<ReturnType<typeof controlled>>;
const NAMES = ['web-a', 'web-ab', 'web-abc'];

const phaseOf = (o: Controlled, name: string) => o.proxy.entry?.pods.find((pod) => pod.name === name)?.phase;

/** Three ready pods and load for two, the second pod without any. */
async function overloaded(options: Parameters<typeof controlled>[0] = {}): Promise<Controlled> {
  const o = await controlled({ replicas: 3, ...options });
  o.pods(...NAMES);
  o.proxy.onPod.set(o.podUid('web-a'), 8);
  o.proxy.onPod.set(o.podUid('web-abc'), 8);
  o.proxy.tell({ inFlight: 16, arrivals: 16 });
  await o.when(() => NAMES.every((name) => phaseOf(o, name) === 'ready'), 'three pods');
  return o;
}

test('the least busy pod is marked by its deletion cost, closed, and only then the replicas are lowered', async () => {
  const o = await overloaded({ podDeletionCost: true });
  const costs = () => o.api.writes.filter((each) => each.includes('/pods/'));
  await o.when(() => costs().length === 1, 'the cost');
  expect(costs()[0]).toContain('/pods/web-ab?');
  expect(costs()[0]).toContain('"controller.kubernetes.io/pod-deletion-cost":"-1"');
  // As the API does it, the field is ours from now on.
  const path = '/api/v1/namespaces/default/pods/web-ab';
  const pod = o.api.get(path) as { metadata: object };
  const annotations = { 'f:controller.kubernetes.io/pod-deletion-cost': {} };
  const managedFields = [{ manager: 'rouse-operator', fieldsV1: { 'f:metadata': { 'f:annotations': annotations } } }];
  o.api.put(path, { ...pod, metadata: { ...pod.metadata, managedFields } });
  const shownMs = o.clock.nowMs();
  await o.when(() => o.replicas() === 2, 'two replicas');
  expect(o.clock.nowMs() - shownMs).toBeGreaterThanOrEqual(1_000);
  expect(phaseOf(o, 'web-ab')).toBe('closed');
  expect(phaseOf(o, 'web-a')).toBe('ready');
  expect(o.patches()).toEqual([
    expect.stringMatching(
      /^\[\{"op":"test","path":"\/metadata\/resourceVersion","value":"\d+"\},\{"op":"test","path":"\/spec\/replicas","value":3\},\{"op":"replace","path":"\/spec\/replicas","value":2\}\]$/,
    ),
  ]);
  await o.when(() => o.transitions.length > 0, 'the transition');
  expect(o.transitions).toMatchObject([{ from: 3, to: 2 }]);
});

test('costs that may not be written: called off, and not tried in a hot loop', async () => {
  const o = await overloaded({ podDeletionCost: true });
  o.api.fail(/PATCH .*\/pods\//, 403);
  await o.pass(12_000);
  const tries = o.api.requests.filter((each) => each.startsWith('PATCH /api/v1/namespaces/default/pods/')).length;
  expect(tries).toBeGreaterThan(1);
  expect(tries).toBeLessThan(60);
  expect(o.replicas()).toBe(3);
});

test('no pod is taken away while a rollout is under way', async () => {
  const o = await controlled({ replicas: 3, annotations: { ...QUICK, 'autoscaling.knative.dev/window': '10s' } });
  o.pods(...NAMES);
  const known = o.api.get(o.DEPLOYMENT) as { metadata: object };
  o.api.put(o.DEPLOYMENT, { ...known, metadata: { ...known.metadata, generation: 2 } });
  await o.when(() => o.view.get(KEY)?.generation === 2, 'the new generation');
  o.proxy.onPod.set(o.podUid('web-a'), 8);
  o.proxy.tell({ inFlight: 16, arrivals: 16 });
  await o.pass(15_000);
  expect(o.patches()).toEqual([]);
  expect(NAMES.map((name) => phaseOf(o, name))).toEqual(['ready', 'ready', 'ready']);
});

test('more demand re-opens the victims before pods are added', async () => {
  const o = await overloaded();
  await o.when(() => NAMES.some((name) => phaseOf(o, name) === 'armed'), 'armed');
  o.proxy.tell({ inFlight: 60, arrivals: 60 });
  await o.when(() => NAMES.every((name) => phaseOf(o, name) === 'ready'), 'open again');
  await o.when(() => o.replicas() > 3, 'more replicas');
  expect(o.patches()[0]).toContain('"value":3}');
});

test('a lower max-scale takes effect through the handshake, one patch for all victims', async () => {
  const o = await overloaded();
  o.proxy.onPod.clear();
  o.proxy.tell({ inFlight: 0, arrivals: 16, completions: 16, idleMs: 1 });
  o.proxy.demand = { inFlight: 0 };
  o.annotate({ ...QUICK, 'autoscaling.knative.dev/max-scale': '1' });
  await o.when(() => o.replicas() === 1, 'one replica');
  expect(o.patches().length).toBe(1);
});

test('paused at a count: brought there, and held', async () => {
  const o = await overloaded();
  o.annotate({ ...QUICK, 'rouse.dev/paused': '4' });
  await o.when(() => o.replicas() === 4, 'four replicas');
  o.proxy.onPod.clear();
  o.proxy.demand = {};
  await o.pass(15_000);
  expect(o.replicas()).toBe(4);
});
