import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Deployment, ReplicaSet } from '../objects.ts';
import { limits, newReplicas, oldReplicas, proportional, wantedOf } from './rollout.ts';

type Limit = number | string;

function deployment(replicas: number, maxSurge: Limit = '25%', maxUnavailable: Limit = '25%'): Deployment {
  return {
    spec: { replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } },
  } as Deployment;
}

function set(replicas: number, availableReplicas = replicas): ReplicaSet {
  return {
    metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { replicas },
    status: { replicas, availableReplicas },
  } as ReplicaSet;
}

test.each<[number, Limit, Limit, number, number]>([
  [10, '25%', '25%', 3, 2],
  [1, '25%', '25%', 1, 0],
  [4, 2, 1, 2, 1],
  [10, '0%', '1%', 0, 1],
  [0, '25%', '25%', 0, 0],
  [3, 0, 10, 0, 3],
])(
  'of %i replicas, surge %s and unavailable %s are %i and %i',
  (replicas, surge, unavailable, maxSurge, maxUnavailable) => {
    expect(limits(deployment(replicas, surge, unavailable))).toEqual({ maxSurge, maxUnavailable });
  },
);

test('unhealthy pods of an old set go first, and cost nothing', () => {
  const old = set(4, 1);
  const healthy = set(6);
  const result = oldReplicas(deployment(10, 0, 3), set(0, 0), [old, healthy]);
  expect(result.get(old)).toBe(1);
  expect(result.get(healthy)).toBe(6);
});

const size = fc.integer({ min: 0, max: 20 });

test('a rolling update, whatever it starts from, ends with the new set alone and keeps to its limits on the way', () => {
  fc.assert(
    fc.property(
      size,
      fc.array(size, { maxLength: 3 }),
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      (wanted, oldSizes, surge, unavailable) => {
        const target = deployment(wanted, surge, unavailable);
        const { maxSurge, maxUnavailable } = limits(target);
        let fresh = set(0);
        let old = oldSizes.map((replicas) => set(replicas));
        for (let step = 0; step < 200; step++) {
          const before = wantedOf([...old, fresh]);
          const grown = newReplicas(target, fresh, [...old, fresh]);
          const available = before;
          if (grown !== fresh.spec.replicas) {
            fresh = set(grown);
            expect(wantedOf([...old, fresh])).toBeLessThanOrEqual(Math.max(before, wanted + maxSurge));
            continue;
          }
          const shrunk = oldReplicas(target, fresh, old);
          const next = old.map((one) => set(shrunk.get(one) ?? 0));
          if (wantedOf(next) === wantedOf(old)) break;
          old = next;
          expect(wantedOf([...old, fresh])).toBeGreaterThanOrEqual(Math.min(available, wanted - maxUnavailable));
        }
        expect(fresh.spec.replicas).toBe(wanted);
        expect(wantedOf(old)).toBe(0);
      },
    ),
  );
});

test('a change in the middle of a rollout is shared out whole', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 4 }), size, (sizes, wanted) => {
      const active = sizes.map((replicas) => set(replicas));
      const target = deployment(wanted);
      const result = proportional(target, active, () => wantedOf(active));
      const total = [...result.values()].reduce((sum, replicas) => sum + replicas, 0);
      expect([...result.values()].every((replicas) => replicas >= 0)).toBe(true);
      expect(total).toBe(wanted === 0 ? 0 : wanted + limits(target).maxSurge);
    }),
  );
});
