import type { ApiEvent } from '@rouse/contract';
import { afterEach, expect, test } from 'vitest';
import { closeAll, controlled } from './controller-fixture.ts';
import { KEY } from './played-proxy.ts';

afterEach(closeAll);

const workloads = (events: readonly ApiEvent[]) =>
  events.flatMap((event) => (event.type === 'workload' ? [event.workload] : []));

test('a change of its standing is told at once, figures at most once a second', async () => {
  const o = await controlled({ replicas: 1 });
  o.pods('web-a');
  await o.when(() => o.status().state === 'awake', 'awake');
  o.proxy.tell({ inFlight: 1, arrivals: 1 });
  await o.pass(2_000);
  o.told.length = 0;
  for (let inFlight = 2; inFlight < 8; inFlight++) {
    o.proxy.tell({ inFlight, arrivals: inFlight });
    await o.pass(100);
  }
  expect(workloads(o.told).length).toBeLessThanOrEqual(1);
  await o.pass(1_000);
  expect(workloads(o.told).at(-1)?.inFlight).toBe(7);
  const atMs = o.clock.nowMs();
  o.scaleByHand(4);
  await o.when(() => workloads(o.told).some((each) => each.replicas === 4), 'four');
  expect(o.clock.nowMs() - atMs).toBeLessThan(500);
});

test('a workload that went is told as removed, and nothing of it after that', async () => {
  const o = await controlled();
  o.api.remove(o.DEPLOYMENT);
  await o.when(() => o.told.some((event) => event.type === 'removed'), 'removed');
  const length = o.told.length;
  await o.pass(3_000);
  expect(o.told.length).toBe(length);
  expect(o.board.workload(KEY)).toBe(undefined);
  expect(await o.board.wake(KEY)).toMatchObject({ ok: false });
});

test('transitions are kept for those who connect later', async () => {
  const o = await controlled();
  await o.board.wake(KEY);
  await o.when(() => o.board.transitions().length === 1, 'a transition');
  expect(o.board.transitions()).toMatchObject([{ from: 0, to: 1, coldStart: null }]);
  expect(o.board.decisions(KEY)?.at(-1)).toMatchObject({ to: 1, cause: 'wake' });
});
