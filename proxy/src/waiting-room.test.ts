import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entry, type PathFixture, pathFixture } from './path-fixture.ts';
import { Harness } from './proxy-fixture.ts';

function sleeping(names: readonly string[]) {
  return names.map((name) => entry(name, []));
}

/** Requests until one is refused. @returns how many were held */
function flood(fixture: PathFixture, host: string, bytes = 1): number {
  for (let held = 0; ; held++) {
    const exchange = fixture.arrive(host, (each) => {
      each.bufferedBytes = bytes;
    });
    if (exchange.last !== 'hold') {
      expect(exchange.last).toBe('refuse:queue-full');
      return held;
    }
  }
}

test('one workload alone fills its share of the room, no more and no less', () => {
  const fixture = pathFixture({ totalRequests: 100, sharePercent: 60 });
  fixture.fleet.replace(sleeping(['a', 'b']), 1);
  expect(flood(fixture, 'a')).toBe(60);
  expect(fixture.arrive('b').last).toBe('hold');
});

test('the share holds for bytes as it does for requests', () => {
  const fixture = pathFixture({ totalBytes: 1000, sharePercent: 75 });
  fixture.fleet.replace(sleeping(['a', 'b']), 1);
  expect(flood(fixture, 'a', 10)).toBe(75);
  expect(flood(fixture, 'b', 10)).toBeGreaterThan(10);
  expect(fixture.path.room.bytes).toBeLessThanOrEqual(1000);
});

test('workloads that flood at once get as much as each other, and leave room for one that comes later', () => {
  const fixture = pathFixture({ totalRequests: 1000, sharePercent: 75 });
  const names = ['a', 'b', 'c'];
  fixture.fleet.replace(sleeping([...names, 'late']), 1);
  for (let round = 0; round < 1000; round++) for (const name of names) fixture.arrive(name);
  const held = names.map((name) => fixture.fleet.workloads.get(`default/${name}`)!.held.count);
  // 3/10 each: α = 3, and 1 + 3 α parts.
  for (const count of held) expect(Math.abs(count - 300)).toBeLessThanOrEqual(3);
  expect(flood(fixture, 'late')).toBeGreaterThanOrEqual(70);
});

test.each([
  [{ totalRequests: 1, sharePercent: 75 }, 1, [1, 0]],
  [{ totalRequests: 50, sharePercent: 1 }, 1, [1, 1]],
  [{ totalBytes: 1000, sharePercent: 10 }, 500, [1, 1, 0]],
])('a workload that holds nothing needs no share, only room: %j', (limits, bytes, expected) => {
  const fixture = pathFixture(limits);
  const names = ['a', 'b', 'c'].slice(0, expected.length);
  fixture.fleet.replace(sleeping(names), 1);
  expect(names.map((name) => flood(fixture, name, bytes))).toEqual(expected);
});

test('room that is left is given to whoever comes next', () => {
  const fixture = pathFixture({ totalRequests: 100, sharePercent: 50 });
  fixture.fleet.replace(sleeping(['a']), 1);
  expect(flood(fixture, 'a')).toBe(50);
  const { room } = fixture.path;
  room.clear(fixture.fleet.workloads.get('default/a')!, 'workload-removed');
  expect([room.requests, room.bytes]).toEqual([0, 0]);
  expect(flood(fixture, 'a')).toBe(50);
});

test('whatever others hold, a workload that holds nothing finds room', () => {
  const arrivals = fc.array(fc.nat(4), { maxLength: 2000 });
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 80 }), (order, sharePercent) => {
      const fixture = pathFixture({ totalRequests: 200, sharePercent });
      fixture.fleet.replace(sleeping(['w0', 'w1', 'w2', 'w3', 'w4', 'other']), 1);
      for (const index of order) fixture.arrive(`w${index}`);
      expect(fixture.path.room.requests).toBeLessThanOrEqual(200);
      expect(fixture.arrive('other').last).toBe('hold');
    }),
    { numRuns: 30 },
  );
});

for (const transport of ['onread', 'data'] as const) {
  test(`a flood on one sleeping workload leaves another its place: it waits and is answered · ${transport}`, async () => {
    const harness = await Harness.start({ transport, heldRequests: 8, heldShare: 50 });
    await harness.put(...sleeping(['flooded', 'other']));
    const clients = await Promise.all(Array.from({ length: 12 }, () => harness.client()));
    for (const client of clients) client.get('flooded');
    await expect.poll(() => clients.filter(({ text }) => text.includes('queue-full')).length).toBe(8);
    (await harness.client()).get('other');
    await expect
      .poll(async () => (await harness.admin('/metrics')).text)
      .toContain('rouse_proxy_requests_held{namespace="default",name="other"} 1');
  });
}
