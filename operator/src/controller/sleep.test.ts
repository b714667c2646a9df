import type { PodPhase } from '@rouse/contract';
import { afterEach, expect, test } from 'vitest';
import { closeAll, controlled, QUICK } from './controller-fixture.ts';
import { KEY } from './played-proxy.ts';

afterEach(closeAll);

type Controlled = Awaited<ReturnType<typeof controlled>>;

const phases = (o: Controlled, proxy = o.proxy): readonly (PodPhase | undefined)[] =>
  (proxy.entry?.pods ?? []).map((pod) => pod.phase);
const order = (o: Controlled) => o.proxies.map((proxy) => phases(o, proxy)[0]);

/** Awake with one ready pod that nobody uses. */
async function awake(options: Parameters<typeof controlled>[0] = {}): Promise<Controlled> {
  const o = await controlled({ replicas: 1, ...options });
  o.pods('web-a');
  await o.when(() => o.proxies.every((proxy) => phases(o, proxy)[0] === 'ready' || !proxy.answers), 'a ready pod');
  return o;
}

test('idle for a window: armed, closed, confirmed by both proxies, and only then patched to zero', async () => {
  const o = await awake({ proxies: 2 });
  const seen = new Set<string>();
  await o.when(() => {
    seen.add(order(o).join());
    return o.replicas() === 0;
  }, 'zero');
  expect(
    [...seen].filter((each) => each === 'ready,ready' || each === 'armed,armed' || each === 'closed,closed'),
  ).toEqual(['ready,ready', 'armed,armed', 'closed,closed']);
  expect(o.patches()).toEqual([
    '[{"op":"test","path":"/spec/replicas","value":1},{"op":"replace","path":"/spec/replicas","value":0}]',
  ]);
  o.pods();
  await o.when(() => o.status().state === 'asleep', 'asleep');
  expect(o.transitions).toMatchObject([{ from: 1, to: 0, why: 'idle 6 s' }]);
  expect(o.workload().counts.handshakes.get('patched')).toBe(1);
});

test('a proxy that does not confirm keeps the pod', async () => {
  const o = await awake({ proxies: 2 });
  await o.when(() => order(o)[0] === 'armed', 'armed');
  const [, mute] = o.proxies;
  mute!.answers = false;
  await o.pass(12_000);
  expect(o.patches()).toEqual([]);
});

test('a request that uses an armed pod calls it off, and the pod is open again', async () => {
  const o = await awake();
  await o.when(() => order(o)[0] === 'armed', 'armed');
  o.proxy.answers = false;
  o.proxy.revoked.add(o.podUid('web-a'));
  o.proxy.answers = true;
  o.proxy.tell({ arrivals: 1, completions: 1, idleMs: 1 });
  o.proxy.revoked.clear();
  o.proxy.demand = {};
  await o.when(() => order(o)[0] === 'ready', 'open again');
  expect(o.workload().counts.handshakes.get('revoked')).toBe(1);
  expect(o.patches()).toEqual([]);
  await o.when(() => o.replicas() === 0, 'zero a window later');
});

test('a request held by closed pods calls it off', async () => {
  const o = await awake({ proxies: 2 });
  const [first, second] = o.proxies;
  // The second takes the closing in and says nothing of it, so that the patch waits.
  await o.when(() => {
    second!.answers = phases(o, second!)[0] !== 'closed' && phases(o, first!)[0] !== 'armed';
    return phases(o, first!)[0] === 'armed';
  }, 'armed');
  second!.answers = true;
  second!.tell();
  await o.when(() => {
    if (phases(o, second!)[0] === 'armed') second!.answers = false;
    return phases(o, first!)[0] === 'closed' || phases(o, second!)[0] === 'closed' || o.replicas() === 0;
  }, 'closed');
  second!.answers = true;
  if (o.replicas() > 0) {
    first!.tell({ held: 1, arrivals: 1, wake: { by: 'x', agoMs: 0 } });
    await o.when(() => order(o)[0] === 'ready', 'open again');
    expect(o.patches()).toEqual([]);
  }
});

test('422 at the patch: the pod is open again, and the next try rests on a new handshake', async () => {
  const o = await awake();
  o.api.fail(/PATCH .*\/scale$/, 422);
  await o.when(() => o.patches().length === 1, 'a try');
  await o.when(() => order(o)[0] === 'ready', 'open again');
  expect(o.workload().counts.handshakes.get('aborted')).toBe(1);
  o.api.heal();
  await o.when(() => o.replicas() === 0, 'zero');
});

test('an API that refuses the patch for long is not asked in a hot loop', async () => {
  const o = await awake();
  o.api.fail(/PATCH .*\/scale$/, 403);
  await o.pass(30_000);
  expect(o.patches().length).toBeGreaterThan(1);
  expect(o.patches().length).toBeLessThan(10);
});

test('no answer to the patch: it waits its time out, reads again, and opens a pod that stays', async () => {
  const o = await awake();
  o.api.fail(/PATCH .*\/scale$/, 500);
  await o.when(() => o.patches().length === 1, 'a try');
  const sentMs = o.clock.nowMs();
  o.proxy.tell({ held: 1, arrivals: 1, wake: { by: 'x', agoMs: 0 } });
  await o.when(() => order(o)[0] === 'ready', 'open again');
  expect(o.clock.nowMs() - sentMs).toBeGreaterThanOrEqual(3_000);
  expect(o.api.requests.filter((each) => each === 'GET /api/v1/namespaces/default/pods/web-a').length).toBe(1);
});

test('an arrival after the patch was sent is a new wake, and the pod that goes stays closed', async () => {
  const o = await awake();
  await o.when(() => o.replicas() === 0, 'zero');
  o.proxy.tell({ held: 1, arrivals: 1, wake: { by: 'x', agoMs: 0 } });
  await o.when(() => o.replicas() === 1, 'one again');
  expect(order(o)[0]).not.toBe('ready');
  o.pods('web-new');
  await o.when(() => phases(o).length === 1 && order(o)[0] === 'ready', 'the new pod');
  expect(o.proxy.entry?.pods[0]?.name).toBe('web-new');
});

test('somebody else writes replicas while pods are armed: called off, and the idle clock starts again', async () => {
  const o = await awake();
  await o.when(() => order(o)[0] === 'armed', 'armed');
  o.proxy.answers = false;
  o.scaleByHand(2);
  await o.when(() => order(o)[0] === 'ready', 'open again');
  o.proxy.answers = true;
  expect(o.status().sleepsInMs).toBeGreaterThan(5_000);
});

test('the same hand that sets replicas back three times stops the writes, and is named', async () => {
  const o = await controlled();
  for (let i = 0; i < 3; i++) {
    o.proxy.tell({ held: 1, arrivals: i + 1, wake: { by: 'x', agoMs: 0 } });
    await o.when(() => o.replicas() === 1 && o.status().replicas === 1, 'one replica');
    await o.pass(200);
    o.scaleByHand(0);
    await o.when(() => o.status().replicas === 0 || o.replicas() === 1, 'zero');
  }
  await o.when(() => o.said('RouseConflict').length === 1, 'a Warning');
  const writes = o.patches().length;
  await o.pass(5_000);
  expect(o.patches().length).toBe(writes);
  expect(await o.board.wake(KEY)).toMatchObject({ ok: false, reason: 'refused' });
});

test('opted out while asleep: the proxies forget it, and it gets back the pods it was found with', async () => {
  const o = await controlled({ replicas: 3 });
  o.pods('web-a', 'web-ab', 'web-abc');
  await o.when(() => o.replicas() === 0, 'zero');
  o.pods();
  o.api.fail(/PATCH .*\/scale$/, 500);
  o.annotate({ 'rouse.dev/enabled': 'false' });
  await o.when(() => o.proxy.entry === null, 'forgotten');
  o.api.heal();
  await o.when(() => o.replicas() === 3, 'three again');
});

test('opted out while pods are armed: nothing is patched any more', async () => {
  const o = await awake();
  await o.when(() => order(o)[0] === 'armed', 'armed');
  o.proxy.answers = false;
  o.annotate({ 'rouse.dev/enabled': 'false' });
  await o.when(() => o.proxy.entry === null, 'forgotten');
  o.proxy.answers = true;
  await o.pass(10_000);
  expect(o.patches()).toEqual([]);
  expect(o.replicas()).toBe(1);
});

test('opted out while the patch to zero is under way: it gets its pod back', async () => {
  const o = await awake();
  o.api.fail(/PATCH .*\/scale$/, 'silence');
  await o.when(() => o.patches().length === 1, 'the patch');
  o.annotate({ 'rouse.dev/enabled': 'false' });
  await o.when(() => o.controller.get(KEY) === undefined, 'forgotten');
  // The server applied it after all.
  o.api.heal();
  o.scaleByHand(0);
  await o.when(() => o.replicas() === 1, 'one again');
});

test('an annotated Deployment that was left alone for its faults does not fall asleep when they are mended', async () => {
  const o = await controlled({ replicas: 1, annotations: { ...QUICK, 'autoscaling.knative.dev/window': 'soon' } });
  o.pods('web-a');
  await o.pass(20_000);
  expect(o.said('RouseConfiguration').length).toBe(1);
  o.annotate(QUICK);
  await o.when(() => o.controller.get(KEY)?.status().unmanaged === null, 'managed');
  expect(o.told.filter(({ type }) => type === 'removed')).toEqual([]);
  await o.pass(4_000);
  expect(o.replicas()).toBe(1);
  await o.when(() => o.replicas() === 0, 'zero after a whole window');
});

test('another Deployment under the same name is another workload', async () => {
  const o = await awake();
  const known = o.api.get(o.DEPLOYMENT)!;
  o.api.remove(o.DEPLOYMENT);
  await o.when(() => o.proxy.entry === null, 'withdrawn');
  o.api.put(o.DEPLOYMENT, { ...known, metadata: { annotations: QUICK, uid: 'another', generation: 1 } });
  await o.when(() => o.controller.get(KEY)?.uid === 'another', 'the new one');
  expect(o.patches()).toEqual([]);
});
