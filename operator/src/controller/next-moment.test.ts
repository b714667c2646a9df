import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextMoment } from './next-moment.ts';

test('a moment that passes while everything is looked at is still to come', () => {
  const lookedMs = 5_999.7;
  // The look ends at 6,000.2, when the moment to sleep is past: nobody would ask again.
  expect(nextMoment(lookedMs, [6_000, 8_000])).toBe(6_000);
});

test('what was due at the look itself was acted on', () => {
  expect(nextMoment(6_000, [6_000, 4_000])).toBeNull();
  expect(nextMoment(6_000, [])).toBeNull();
});

test('of moments ahead it is always the earliest', () => {
  const time = fc.double({ min: 0, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(time, fc.array(time), (lookedMs, moments) => {
      const ahead = moments.filter((moment) => moment > lookedMs).sort((a, b) => a - b);
      expect(nextMoment(lookedMs, moments)).toBe(ahead[0] ?? null);
    }),
  );
});
