import { afterEach, expect, test } from 'vitest';
import { closeAll, controlled, QUICK } from './controller-fixture.ts';

afterEach(closeAll);

const wake = { by: 'curl GET /', agoMs: 1 };
const one = { held: 1, arrivals: 1, wake };

test('the first request raises 0 to 1 by one JSON patch that tests the zero', async () => {
  const o = await controlled();
  o.proxy.tell(one);
  await o.when(() => o.replicas() === 1, 'one replica');
  expect(o.api.writes.find((each) => each.includes('/scale'))).toBe(
    `PATCH ${o.DEPLOYMENT}/scale?timeout=3s&fieldManager=rouse-operator ` +
      '[{"op":"test","path":"/spec","value":{}},{"op":"add","path":"/spec/replicas","value":1}]',
  );
  await o.when(() => o.status().replicas === 1, 'the answer');
  expect(o.status()).toMatchObject({ state: 'waking', desired: 1, held: 1 });
  await o.pass(3_000);
  expect(o.patches().length).toBe(1);
  expect(o.wakes.length).toBe(1);
});

test('a browser that got the waiting page wakes it though nothing is held, and it stays for a window', async () => {
  const o = await controlled();
  o.proxy.tell({ arrivals: 1, completions: 1, idleMs: 0, wake });
  await o.when(() => o.replicas() === 1, 'one replica');
  expect(o.status()).toMatchObject({ state: 'waking', desired: 1, held: 0 });
  await o.pass(3_000);
  expect([o.replicas(), o.patches().length]).toEqual([1, 1]);
});

test('a burst raises the wish with at most one write in 50 ms, and is right-sized 100 ms after its last arrival', async () => {
  const o = await controlled();
  let lastMs = 0;
  for (const held of [1, 12, 25, 38, 55, 71, 90]) {
    o.proxy.tell({ held, arrivals: held, wake });
    lastMs = o.clock.nowMs();
    await o.pass(20);
  }
  await o.when(() => o.replicas() === 9, 'nine replicas');
  expect(o.clock.nowMs() - lastMs).toBeLessThanOrEqual(100);
  const wishes = o.patches().map((body) => Number(/"value":(\d+)\}\]$/.exec(body)?.[1]));
  expect(wishes).toEqual([...wishes].sort((a, b) => a - b));
  expect(wishes.length).toBeLessThanOrEqual(4);
  await o.pass(3_000);
  expect(o.replicas()).toBe(9);
});

test('replicas that somebody sets back to zero are asserted again as long as a request waits', async () => {
  const o = await controlled();
  o.proxy.tell(one);
  await o.when(() => o.replicas() === 1, 'one replica');
  await o.pass(500);
  o.scaleByHand(0);
  await o.when(() => o.replicas() === 1, 'one replica again');
  expect(o.patches().length).toBe(2);
  expect(o.workload().counts.foreignWrites).toBe(1);
});

test('a write that was refused because something else is there is decided anew on a fresh read', async () => {
  const o = await controlled();
  o.api.fail(/PATCH .*\/scale$/, 422);
  o.proxy.tell(one);
  await o.when(() => o.patches().length > 0, 'a try');
  const reads = () => o.api.requests.filter((each) => each === `GET ${o.DEPLOYMENT}`).length;
  await o.when(() => reads() > 0, 'a fresh read');
  o.api.heal();
  await o.when(() => o.replicas() === 1, 'one replica');
  expect(o.workload().counts.patches.get('conflict')).toBeGreaterThan(0);
});

test('an API that keeps refusing is asked less and less often, and the owner is told', async () => {
  const o = await controlled();
  o.api.fail(/PATCH .*\/scale$/, 403);
  o.proxy.tell(one);
  await o.pass(20_000);
  const tries = o.patches().length;
  expect(tries).toBeGreaterThan(5);
  expect(tries).toBeLessThan(20);
  await o.when(() => o.said('RouseScaleFailed').length > 0, 'a Warning');
  o.api.heal();
  await o.when(() => o.replicas() === 1, 'one replica');
});

test('a write that got no answer but was applied is not repeated', async () => {
  const o = await controlled();
  o.api.fail(/PATCH .*\/scale$/, 'applied-unanswered');
  o.proxy.tell(one);
  await o.when(() => o.replicas() === 1, 'one replica');
  o.api.heal();
  await o.pass(5_000);
  expect(o.patches().length).toBe(1);
  expect(o.status().replicas).toBe(1);
});

test('the story of a cold start is told with every stage once the first byte is there', async () => {
  const o = await controlled();
  o.proxy.tell(one);
  await o.when(() => o.replicas() === 1, 'one replica');
  o.pods('web-a');
  await o.when(() => o.proxy.entry?.pods[0]?.phase === 'ready', 'the pod');
  expect(o.transitions).toEqual([]);
  const coldStart = { by: wake.by, podMs: 100, portMs: 200, firstByteMs: 210 };
  o.proxy.tell({ held: 0, completions: 1, idleMs: 1, coldStart });
  await o.when(() => o.transitions.length > 0, 'the story');
  expect(o.transitions[0]).toMatchObject({ from: 0, to: 1, why: 'woken by curl GET /', coldStart });
  expect(o.transitions[0]?.coldStart?.patchedMs).toBeGreaterThanOrEqual(1);
  expect(o.said('RouseScaled')[0]).toMatch(/^Scaled from 0 to 1 \(wake\): .*\(1 .* \/ 10 per pod = 1\)/);
});

test('a wake whose client did not wait is told all the same', async () => {
  const o = await controlled();
  o.proxy.tell(one);
  await o.when(() => o.replicas() === 1, 'one replica');
  o.proxy.tell({ held: 0, completions: 1, idleMs: 1 });
  o.pods('web-a');
  await o.when(() => o.transitions.length > 0, 'the story');
  expect(o.transitions[0]).toMatchObject({
    from: 0,
    to: 1,
    why: 'woken by curl GET /, which did not wait',
    coldStart: null,
  });
});

test('a person may wake it, and not where it is paused or left alone', async () => {
  const o = await controlled();
  expect(await o.board.wake('default/web')).toMatchObject({ ok: true, desired: 1 });
  await o.when(() => o.replicas() === 1, 'one replica');
  o.annotate({ ...QUICK, 'rouse.dev/paused': 'true' });
  await o.when(() => o.view.get('default/web')?.settings.paused === true, 'paused');
  expect(await o.board.wake('default/web')).toMatchObject({ ok: false, reason: 'refused' });
});

test('only Knative keys: replicas are left alone until the proxy has carried a first request', async () => {
  const knative = { 'autoscaling.knative.dev/window': '6s' };
  const o = await controlled({ annotations: knative, replicas: 2 });
  o.pods('web-a', 'web-ab');
  await o.pass(20_000);
  expect(o.patches()).toEqual([]);
  expect(o.status().unmanaged).toContain('until a first request');
  expect(o.said('RouseUnrouted').length).toBe(1);
  o.proxy.tell({ arrivals: 1, completions: 1, idleMs: 1 });
  await o.when(() => o.status().unmanaged === null, 'managed');
  await o.when(() => o.replicas() < 2, 'fewer replicas');
});

test('a Deployment seen asleep stays so, and min-scale raised while asleep wakes it', async () => {
  const o = await controlled();
  await o.pass(8_000);
  expect(o.patches()).toEqual([]);
  o.annotate({ ...QUICK, 'autoscaling.knative.dev/min-scale': '2' });
  await o.when(() => o.replicas() === 2, 'two replicas');
});

test('a standby raises from zero for a request that waits while nobody leads, and no sooner', async () => {
  const o = await controlled({ leads: false });
  o.proxy.tell(one);
  await o.pass(5_000);
  expect(o.patches()).toEqual([]);
  o.lease.unrenewedMs = 6_000;
  await o.when(() => o.replicas() === 1, 'one replica');
  o.proxy.tell({ held: 50, arrivals: 50 });
  await o.pass(5_000);
  expect(o.replicas()).toBe(1);
});
