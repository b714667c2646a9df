import { manualClock } from '@rouse/contract/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fencing, SILENCE_MS } from './fencing.ts';

test('the first push is accepted whatever its pair, and the same pair again', () => {
  const fencing = new Fencing(manualClock());
  expect(fencing.offer(3, 7)).toEqual({ accepted: true });
  expect(fencing.offer(3, 7)).toEqual({ accepted: true });
});

test('an older pair is refused with the own one', () => {
  const fencing = new Fencing(manualClock());
  fencing.offer(3, 7);
  expect(fencing.offer(3, 6)).toEqual({ accepted: false, own: { epoch: 3, generation: 7 } });
  expect(fencing.offer(2, 100)).toEqual({ accepted: false, own: { epoch: 3, generation: 7 } });
});

test('a higher epoch begins its generations anew', () => {
  const fencing = new Fencing(manualClock());
  fencing.offer(3, 700);
  expect(fencing.offer(4, 1).accepted).toBe(true);
  expect(fencing.applied).toEqual({ epoch: 4, generation: 1 });
});

test('a lower epoch is believed only after 30 s of silence of the higher one; refused pushes are no sign of life', () => {
  const clock = manualClock();
  const fencing = new Fencing(clock);
  fencing.offer(3, 1);
  clock.advance(SILENCE_MS - 1);
  expect(fencing.offer(2, 9).accepted).toBe(false);
  clock.advance(1);
  expect(fencing.offer(2, 9).accepted).toBe(true);
  expect(fencing.applied).toEqual({ epoch: 2, generation: 9 });
  expect(fencing.silentMs()).toBe(0);
});

const offer = fc.record({
  epoch: fc.integer({ min: 1, max: 4 }),
  generation: fc.integer({ min: 1, max: 6 }),
  waitMs: fc.constantFrom(0, 0, 1000, SILENCE_MS / 2, SILENCE_MS),
});

test('while leaders are not silent only the newest pair ever stands, in any order of arrival', () => {
  fc.assert(
    fc.property(fc.array(offer, { maxLength: 40 }), (offers) => {
      const clock = manualClock();
      const fencing = new Fencing(clock);
      let signMs = Number.NEGATIVE_INFINITY;
      for (const { epoch, generation, waitMs } of offers) {
        clock.advance(waitMs);
        const before = fencing.applied;
        const silent = clock.nowMs() - signMs >= SILENCE_MS;
        const newer = epoch > before.epoch || (epoch === before.epoch && generation >= before.generation);
        const expected = newer || (silent && epoch !== before.epoch);
        expect(fencing.offer(epoch, generation).accepted).toBe(expected);
        expect(fencing.applied).toEqual(expected ? { epoch, generation } : before);
        if (expected) signMs = clock.nowMs();
      }
    }),
    { numRuns: 300 },
  );
});
