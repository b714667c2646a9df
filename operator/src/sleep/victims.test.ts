import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseVictims, type VictimCandidate } from './victims.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

function pod(uid: string, over: Partial<VictimCandidate> = {}): VictimCandidate {
  return {
    uid,
    name: uid,
    scheduled: true,
    podPhase: 'Running',
    ready: true,
    readySinceMs: NOW_MS - 3_600_000,
    createdMs: NOW_MS - 3_700_000,
    restarts: 0,
    nodeName: `node-${uid}`,
    deletionCost: 0,
    inFlight: 0,
    ...over,
  };
}

const order = (pods: readonly VictimCandidate[], costs = false) =>
  chooseVictims(pods, pods.length, costs, NOW_MS).victims.map((each) => each.uid);

describe('the ReplicaSet controller takes', () => {
  const notReady = { ready: false, readySinceMs: null };
  test.each<[string, Partial<VictimCandidate>]>([
    ['an unscheduled pod', { scheduled: false, nodeName: null, podPhase: 'Pending', ...notReady }],
    ['a pending one', { podPhase: 'Pending', ...notReady }],
    ['one in an unknown phase', { podPhase: 'Unknown' }],
    ['one that is not Ready', notReady],
    ['the one with the lower deletion cost', { deletionCost: -1 }],
    ['one that shares its node with another', { nodeName: 'node-z' }],
    ['the one Ready for a shorter time', { readySinceMs: NOW_MS - 60_000 }],
    ['the one with more restarts', { restarts: 3 }],
    ['the younger one', { createdMs: NOW_MS - 60_000, readySinceMs: NOW_MS - 3_600_000 }],
  ])('%s first', (_what, over) => {
    expect(order([pod('a'), pod('b'), pod('x', over), pod('z')])[0]).toBe('x');
  });

  test('ages of the same power of two for alike: then the UID decides, before restarts do', () => {
    const older = pod('b', { readySinceMs: NOW_MS - 3_600_000, restarts: 9 });
    const younger = pod('a', { readySinceMs: NOW_MS - 3_500_000 });
    expect(order([older, younger])).toEqual(['a', 'b']);
    expect(
      order([
        { ...older, uid: 'a' },
        { ...younger, uid: 'b' },
      ]),
    ).toEqual(['a', 'b']);
  });
});

describe('with pod-deletion-cost allowed', () => {
  test('the Ready pods with the fewest requests go, not-Ready ones before them', () => {
    const pods = [
      pod('busy', { inFlight: 9 }),
      pod('idle'),
      pod('some', { inFlight: 2 }),
      pod('late', { ready: false, readySinceMs: null }),
    ];
    const choice = chooseVictims(pods, 2, true, NOW_MS);
    expect(choice.victims.map((each) => each.uid)).toEqual(['late', 'idle']);
    expect(choice.refused).toBeNull();
  });

  test('writing the cost makes the controller take exactly the victims', () => {
    const candidate = fc.record({
      scheduled: fc.boolean(),
      podPhase: fc.constantFrom('Pending' as const, 'Running' as const),
      ready: fc.boolean(),
      restarts: fc.nat(3),
      node: fc.nat(3),
      age: fc.nat(1_000_000),
      deletionCost: fc.integer({ min: -5, max: 5 }),
      inFlight: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(candidate, { minLength: 1, maxLength: 8 }), fc.nat(8), (list, count) => {
        const pods = list.map((each, index) =>
          pod(`p${index}`, {
            ...each,
            ready: each.ready && each.podPhase === 'Running' && each.scheduled,
            readySinceMs: each.ready && each.podPhase === 'Running' && each.scheduled ? NOW_MS - each.age : null,
            nodeName: each.scheduled ? `node-${each.node}` : null,
          }),
        );
        const { victims, cost } = chooseVictims(pods, count, true, NOW_MS);
        const chosen = new Set(victims.map((each) => each.uid));
        const after = pods.map((each) => (chosen.has(each.uid) ? { ...each, deletionCost: cost } : each));
        expect(new Set(chooseVictims(after, count, false, NOW_MS).victims.map((each) => each.uid))).toEqual(chosen);
      }),
    );
  });
});

test('no shrink while a pod that lost its readiness carries requests, unless it is a victim itself', () => {
  const lost = pod('lost', { ready: false, readySinceMs: null, inFlight: 3 });
  const waiting = pod('new', { ready: false, readySinceMs: null, scheduled: false, podPhase: 'Pending' });
  expect(chooseVictims([pod('a'), lost, waiting], 1, true, NOW_MS).refused).toBe(
    'lost is not Ready and has 3 requests',
  );
  expect(chooseVictims([pod('a'), lost], 1, true, NOW_MS).refused).toBeNull();
});
