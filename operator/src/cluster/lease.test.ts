import { type ManualClock, manualClock, until } from '@rouse/contract/testing';
import { connect } from '@rouse/kube';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LeaderLease, leaderLease } from './lease.ts';
import { type LeaseIdentity, leaseIdentity } from './lease-identity.ts';
import { type Json, type TestApi, testApi } from './test-api.ts';

const PATH = '/apis/coordination.k8s.io/v1/namespaces/rouse/leases/rouse-operator';
let api: TestApi;
let closing: (() => unknown)[];

beforeEach(async () => {
  api = await testApi();
  closing = [() => api.close()];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

function candidate(name: string | LeaseIdentity, clock: ManualClock = manualClock()) {
  const kube = connect({ server: api.url });
  const story: string[] = [];
  const lease: LeaderLease = leaderLease({
    kube,
    clock,
    log: { info: () => undefined, warn: () => undefined },
    namespace: 'rouse',
    name: 'rouse-operator',
    identity: typeof name === 'string' ? { identity: name, isPredecessor: () => false } : name,
    onLead: (epoch) => story.push(`leads ${epoch}`),
    onLose: (why) => story.push(`lost: ${why}`),
  });
  closing.push(() => kube.close());
  lease.start();
  return { lease, clock, story };
}
const spec = () => api.get(PATH)?.spec as Json | undefined;
const writes = () => api.requests.filter((each) => each.startsWith('PUT')).length;
const reads = () => api.requests.filter((each) => each.startsWith('GET')).length;

/** Lets time pass in steps, each with its requests answered. */
async function pass(clock: ManualClock, ms: number, step = 500): Promise<void> {
  for (let left = ms; left > 0; left -= step) {
    clock.advance(Math.min(step, left));
    const sent = api.requests.length;
    // An attempt that was due has sent its request by the next turn; its answer is a matter of some more.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    if (api.requests.length > sent) for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  }
}

test('the first candidate makes the Lease and leads in epoch 1, for the whole of its duration', async () => {
  const { lease, story } = candidate('a');
  await until(() => lease.epoch !== null);
  expect(story).toEqual(['leads 1']);
  expect(lease.validForMs()).toBe(15_000);
  expect(spec()).toEqual({
    holderIdentity: 'a',
    leaseDurationSeconds: 15,
    leaseTransitions: 1,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:00.000000Z',
  });
});

test('it is renewed every two seconds in the same epoch', async () => {
  const { lease, clock } = candidate('a');
  await until(() => lease.epoch !== null);
  clock.advance(1_999);
  expect(lease.validForMs()).toBe(13_001);
  await until(() => {
    clock.advance(10);
    return writes() === 1;
  });
  await until(() => lease.validForMs() > 14_000);
  expect(spec()).toMatchObject({ leaseTransitions: 1, holderIdentity: 'a' });
  expect(spec()?.renewTime).not.toBe(spec()?.acquireTime);
});

test('a standby waits while the Lease changes, however wrong the times in it are', async () => {
  api.put(PATH, {
    spec: {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      leaseTransitions: 4,
      renewTime: '1999-01-01T00:00:00.000000Z',
    },
  });
  const { lease, clock, story } = candidate('b');
  await until(() => lease.holder === 'a');
  for (let i = 0; i < 10; i++) {
    await pass(clock, 10_000);
    api.put(PATH, {
      spec: {
        holderIdentity: 'a',
        leaseDurationSeconds: 15,
        leaseTransitions: 4,
        renewTime: '1999-01-01T00:00:00.000000Z',
      },
    });
    await pass(clock, 2_500);
  }
  expect(story).toEqual([]);
  expect(lease.validForMs()).toBe(0);
});

test('a standby takes over once it saw no change for the duration, and the epoch rises', async () => {
  api.put(PATH, {
    spec: {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      leaseTransitions: 4,
      renewTime: '2999-01-01T00:00:00.000000Z',
    },
  });
  const { lease, clock, story } = candidate('b');
  await until(() => lease.holder === 'a');
  await pass(clock, 14_500);
  expect(story).toEqual([]);
  expect(lease.unrenewedForMs()).toBe(14_500);
  await until(() => {
    clock.advance(100);
    return lease.epoch !== null;
  });
  expect(story).toEqual(['leads 5']);
});

test('a leader that cannot renew steps down after ten seconds, before anyone else may lead, and comes back in a new epoch', async () => {
  const { lease, clock, story } = candidate('a');
  await until(() => lease.epoch !== null);
  api.fail(/leases/, 500);
  await pass(clock, 9_500);
  expect(lease.epoch).toBe(1);
  expect(lease.validForMs()).toBe(5_500);
  clock.advance(500);
  expect(story).toEqual(['leads 1', 'lost: the Lease was not renewed for 10000 ms']);
  expect(lease.validForMs()).toBe(0);
  api.heal();
  await until(() => {
    clock.advance(100);
    return lease.epoch !== null;
  });
  expect(story.at(-1)).toBe('leads 2');
});

test('a renewal that was applied without an answer is found by reading, in the same epoch', async () => {
  const { lease, clock, story } = candidate('a');
  await until(() => lease.epoch !== null);
  api.fail(/^PUT/, 'applied-unanswered');
  await pass(clock, 2_500);
  expect(writes()).toBeGreaterThan(0);
  api.heal();
  await until(() => {
    clock.advance(100);
    return lease.validForMs() > 14_000;
  });
  expect(story).toEqual(['leads 1']);
});

test('a leader whose Lease another took leads no more', async () => {
  const { lease, clock, story } = candidate('a');
  await until(() => lease.epoch !== null);
  api.put(PATH, { spec: { holderIdentity: 'b', leaseDurationSeconds: 15, leaseTransitions: 2 } });
  await until(() => {
    clock.advance(100);
    return lease.epoch === null;
  });
  expect(story).toEqual(['leads 1', 'lost: b holds the Lease']);
  expect(spec()?.holderIdentity).toBe('b');
});

test('released, the next one leads without waiting, in the next epoch', async () => {
  const first = candidate('a');
  await until(() => first.lease.epoch !== null);
  const second = candidate('b');
  await until(() => second.lease.holder === 'a');
  await first.lease.release();
  expect(first.story).toEqual(['leads 1', 'lost: shutting down']);
  expect(spec()).toMatchObject({ holderIdentity: '', leaseTransitions: 1 });
  await until(() => {
    second.clock.advance(100);
    return second.lease.epoch !== null;
  });
  expect(second.story).toEqual(['leads 2']);
  expect(second.clock.nowMs()).toBeLessThan(15_000);
});

test('a container that was started again takes the Lease of its own last run at once, in the next epoch', async () => {
  const before = candidate(leaseIdentity('operator-1', 'uid-1'));
  await until(() => before.lease.epoch !== null);
  // Killed: it neither releases nor renews.
  const after = candidate(leaseIdentity('operator-1', 'uid-1'));
  await until(() => after.lease.epoch !== null);
  expect(after.story).toEqual(['leads 2']);
  expect(after.clock.nowMs()).toBe(before.clock.nowMs());
  expect(spec()).toMatchObject({ holderIdentity: after.lease.identity, leaseTransitions: 2 });
});

test('the Lease of another Pod is waited for, also of one by the same name, and where UIDs are not told', async () => {
  for (const [holder, next] of [
    [leaseIdentity('operator-1', 'uid-1'), leaseIdentity('operator-1', 'uid-2')],
    [leaseIdentity('operator-1', undefined), leaseIdentity('operator-1', undefined)],
    [leaseIdentity('operator-1', 'uid-1'), leaseIdentity('operator-1', undefined)],
    [leaseIdentity('operator-1', 'uid-12'), leaseIdentity('operator-1', 'uid-1')],
  ] as const) {
    api.put(PATH, { spec: { holderIdentity: holder.identity, leaseDurationSeconds: 15, leaseTransitions: 4 } });
    const { lease, clock, story } = candidate(next);
    await until(() => lease.holder === holder.identity);
    await pass(clock, 14_500);
    expect(story).toEqual([]);
  }
});

test('two that were wrongly given one UID do not take the Lease from each other in turn', async () => {
  const first = candidate(leaseIdentity('operator-1', 'uid-1'));
  await until(() => first.lease.epoch !== null);
  const second = candidate(leaseIdentity('operator-1', 'uid-1'));
  await until(() => second.lease.epoch !== null);
  for (let i = 0; i < 10; i++) {
    await pass(first.clock, 2_500);
    await pass(second.clock, 2_500);
  }
  expect(first.story).toEqual(['leads 1', `lost: ${second.lease.identity} holds the Lease`]);
  expect(second.story).toEqual(['leads 2']);
});

test("a Lease of someone else's is not released", async () => {
  const { lease } = candidate('a');
  await until(() => lease.epoch !== null);
  api.put(PATH, { spec: { holderIdentity: 'b', leaseTransitions: 2 } });
  await lease.release();
  expect(spec()?.holderIdentity).toBe('b');
});

test('of several candidates for a free Lease one leads', async () => {
  const all = ['a', 'b', 'c', 'd'].map((identity) => candidate(identity));
  await until(() => all.some(({ lease }) => lease.epoch !== null));
  const before = reads();
  await until(() => {
    for (const { clock } of all) clock.advance(50);
    return reads() >= before + 12;
  });
  expect(all.filter(({ lease }) => lease.epoch !== null)).toHaveLength(1);
  expect(all.flatMap(({ story }) => story)).toEqual(['leads 1']);
});
