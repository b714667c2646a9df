import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Claimant, grantRoutes } from './route-table.ts';

const claimants = fc
  .uniqueArray(
    fc.record({
      key: fc.constantFrom(...'abcdefgh').map((name) => `default/${name}`),
      createdMs: fc.nat(3).map((second) => second * 1000),
      routes: fc.uniqueArray(fc.constantFrom('a.org', 'b.org', 'b.org/api', '*.org', '*'), { maxLength: 5 }),
    }),
    { selector: (each) => each.key },
  )
  .map((all) =>
    all.map(
      ({ key, createdMs, routes }): Claimant => ({
        key,
        uid: key,
        createdMs,
        claims: routes.map((route) => ({ route, source: 'rouse.dev/routes' })),
      }),
    ),
  );

test('each route that anybody claims has exactly one holder, the oldest of its claimants; all others are told', () => {
  fc.assert(
    fc.property(claimants, (all) => {
      const granted = grantRoutes(all);
      for (const route of new Set(all.flatMap((each) => each.claims.map((claim) => claim.route)))) {
        const wanting = all.filter((each) => each.claims.some((claim) => claim.route === route));
        const holders = wanting.filter((each) => granted.get(each.key)?.routes.includes(route));
        expect(holders).toHaveLength(1);
        const [holder] = holders;
        for (const other of wanting) {
          if (other === holder) continue;
          expect(holder!.createdMs).toBeLessThanOrEqual(other.createdMs);
          expect(granted.get(other.key)?.problems.map((problem) => problem.value)).toContain(route);
        }
        expect(granted.get(holder!.key)?.problems.map((problem) => problem.value)).not.toContain(route);
      }
    }),
  );
});

test('nobody is granted what it did not claim, and grants do not depend on the order', () => {
  fc.assert(
    fc.property(claimants, (all) => {
      const granted = grantRoutes(all);
      const reversed = grantRoutes([...all].reverse());
      for (const each of all) {
        const routes = granted.get(each.key)?.routes ?? [];
        expect(each.claims.map((claim) => claim.route)).toEqual(expect.arrayContaining([...routes]));
        expect(reversed.get(each.key)).toEqual(granted.get(each.key));
      }
    }),
  );
});

test('without the younger ones the oldest has all it had', () => {
  fc.assert(
    fc.property(claimants, (all) => {
      const oldest = [...all].sort((a, b) => a.createdMs - b.createdMs || (a.key < b.key ? -1 : 1))[0];
      if (oldest === undefined) return;
      expect(grantRoutes([oldest]).get(oldest.key)).toEqual(grantRoutes(all).get(oldest.key));
    }),
  );
});

test('the problem names the route, the holder and what to do', () => {
  const claims = [{ route: 'a.org', source: 'rouse.dev/routes' }];
  const granted = grantRoutes([
    { key: 'default/old', uid: '1', createdMs: 1, claims },
    { key: 'default/new', uid: '2', createdMs: 2, claims },
  ]);
  expect(granted.get('default/new')?.problems).toEqual([
    {
      source: 'annotation',
      key: 'rouse.dev/routes',
      value: 'a.org',
      allowed: 'a route that no older Deployment has',
      fix: 'default/old is older and keeps a.org: remove the route there, or choose another here.',
      severity: 'error',
    },
  ]);
});
