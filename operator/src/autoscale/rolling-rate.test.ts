import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RollingRate } from './rolling-rate.ts';

test('a steady rate is seen whole however the readings are spaced, and never more than it is', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 1_500 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 900 }), (spacings, perSecond) => {
      const rate = new RollingRate(0, 0);
      let nowMs = 0;
      for (const spacing of spacings) {
        nowMs += spacing;
        rate.add(nowMs, (nowMs * perSecond) / 1_000);
        expect(rate.lastSecond()).toBeCloseTo((Math.min(nowMs, 1_000) * perSecond) / 1_000, 6);
      }
    }),
  );
});

test('growth in the last second never exceeds growth in all', () => {
  const readings = fc.array(fc.tuple(fc.integer({ min: 1, max: 700 }), fc.nat(50)), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(readings, (list) => {
      const rate = new RollingRate(0, 0);
      let nowMs = 0;
      let total = 0;
      const seen: { atMs: number; total: number }[] = [{ atMs: 0, total: 0 }];
      for (const [spacing, growth] of list) {
        nowMs += spacing;
        total += growth;
        seen.push({ atMs: nowMs, total });
        rate.add(nowMs, total);
        const before = seen.findLast((reading) => reading.atMs <= nowMs - 1_000)?.total ?? 0;
        const after = seen.find((reading) => reading.atMs >= nowMs - 1_000)!.total;
        expect(rate.lastSecond()).toBeLessThanOrEqual(total - before + 1e-9);
        expect(rate.lastSecond()).toBeGreaterThanOrEqual(total - after - 1e-9);
      }
    }),
  );
});
