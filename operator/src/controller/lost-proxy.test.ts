import { afterEach, expect, test } from 'vitest';
import { closeAll, controlled } from './controller-fixture.ts';

afterEach(closeAll);

type Controlled = Awaited<ReturnType<typeof controlled>>;

/** Three ready pods; the second proxy had a request when it was lost with its node. */
async function lost(): Promise<Controlled> {
  const o = await controlled({ replicas: 3, proxies: 2 });
  const [first, second] = o.proxies;
  o.pods('web-a', 'web-bb', 'web-ccc');
  await o.when(() => [first, second].every((each) => each!.entry?.pods.length === 3), 'three pods');
  second!.tell({ inFlight: 1, arrivals: 1 });
  await o.when(() => o.status().inFlight === 1, 'its request');
  o.proxies.splice(1);
  await second!.stop();
  return Object.assign(o, { lost: second! });
}

const url = (o: Controlled) => o.members.list()[1]!.url;

test('a lost proxy holds up every scale-down until it is excused', async () => {
  const o = await lost();
  await o.pass(20_000);
  expect(o.patches()).toEqual([]);
});

test('excused for fewer pods, its word is not waited for, but the last pod stays', async () => {
  const o = await lost();
  o.members.excuse(url(o), 'fewer');
  await o.when(() => o.replicas() === 1, 'one pod');
  o.pods('web-a');
  await o.pass(20_000);
  expect(o.replicas()).toBe(1);
});

test('excused for all, what it had is taken to have ended, and the workload sleeps a window later', async () => {
  const o = await lost();
  const excusedAtMs = o.clock.nowMs();
  o.members.excuse(url(o), 'zero');
  await o.when(() => o.replicas() === 0, 'zero');
  expect(o.clock.nowMs() - excusedAtMs).toBeGreaterThanOrEqual(6_000);
});
