import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RingWindow, smoothingCoefficient } from './ring-window.ts';
import { roundToDigits } from './round-to-digits.ts';

const SECONDS = 10;
const recording = fc.record({ atMs: fc.nat(60_000), value: fc.integer({ min: 0, max: 1_000 }) });
const inOrder = fc
  .array(recording, { minLength: 1, maxLength: 80 })
  .map((list) => list.sort((a, b) => a.atMs - b.atMs));

function filled(list: readonly { atMs: number; value: number }[], windowMs = SECONDS * 1_000): RingWindow {
  const window = new RingWindow(windowMs, 1_000);
  for (const { atMs, value } of list) window.record(atMs, value);
  return window;
}

/** The linear average by its definition, from a plain list. */
function averageOf(list: readonly { atMs: number; value: number }[], nowMs: number): number {
  const sums = new Map<number, number>();
  let first = Number.NaN;
  let last = Number.NEGATIVE_INFINITY;
  for (const { atMs, value } of list) {
    const second = Math.floor(atMs / 1_000);
    if (second - last >= SECONDS) {
      first = second;
      sums.clear();
    }
    sums.set(second, (sums.get(second) ?? 0) + value);
    last = second;
  }
  const now = Math.max(last, Math.floor(nowMs / 1_000));
  if (now - last >= SECONDS) return 0;
  let total = 0;
  for (const [second, sum] of sums) if (second > now - SECONDS) total += sum;
  return total / Math.min(last - first + 1, SECONDS - (now - last));
}

describe('a linear window', () => {
  test('agrees with the plain definition, whatever the gaps', () => {
    fc.assert(
      fc.property(inOrder, fc.nat(30_000), (list, laterMs) => {
        const nowMs = list.at(-1)!.atMs + laterMs;
        expect(filled(list).average(nowMs)).toBeCloseTo(averageOf(list, nowMs), 5);
      }),
    );
  });

  test('lies between the smallest and the largest second, and grows with every value', () => {
    fc.assert(
      fc.property(inOrder, fc.nat(79), fc.integer({ min: 1, max: 50 }), (list, index, more) => {
        const nowMs = list.at(-1)!.atMs;
        const average = filled(list).average(nowMs);
        const raised = list.map((each, position) =>
          position === index % list.length ? { ...each, value: each.value + more } : each,
        );
        expect(filled(raised).average(nowMs)).toBeGreaterThanOrEqual(average);
        expect(average).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('growing and shrinking back keeps the newest seconds', () => {
    fc.assert(
      fc.property(inOrder, fc.integer({ min: 1, max: 60 }), (list, seconds) => {
        const nowMs = list.at(-1)!.atMs;
        const window = filled(list);
        const sum = window.sum(nowMs);
        window.resize(nowMs, (SECONDS + seconds) * 1_000);
        expect(window.sum(nowMs)).toBe(sum);
        window.resize(nowMs, SECONDS * 1_000);
        expect(window.sum(nowMs)).toBe(sum);
      }),
    );
  });
});

test('a value that comes late for a window emptied by a change of its length counts over the whole new one', () => {
  const window = new RingWindow(4_000, 5_000);
  window.record(2_000, 5);
  window.resize(5_700, 10_000);
  expect(window.average(5_700)).toBe(0);
  window.record(3_700, 5);
  expect(window.average(4_800)).toBe(2.5);
});

test('a weighted average of a constant is that constant once the window is full, and recent values weigh more', () => {
  const weighted = (values: readonly number[]) => {
    const window = new RingWindow(values.length * 1_000, 1_000, 'weighted-exponential');
    for (const [second, value] of values.entries()) window.record(second * 1_000, value);
    return window.average((values.length - 1) * 1_000);
  };
  expect(weighted(Array(60).fill(7))).toBeCloseTo(7, 3);
  expect(weighted([5, 5, 10, 10])).toBeGreaterThan(weighted([10, 10, 5, 5]));
});

test('a weighted average decays while nothing comes, and a window later there is nothing', () => {
  const window = new RingWindow(6_000, 1_000, 'weighted-exponential');
  for (let second = 0; second < 6; second++) window.record(second * 1_000, 10);
  const share = smoothingCoefficient(6);
  const full = window.average(5_000);
  expect(window.average(6_000)).toBeCloseTo((full - 10 * share * (1 - share) ** 5) * (1 - share), 9);
  expect([window.average(12_000), window.isEmpty(11_000), window.isEmpty(12_000)]).toEqual([0, false, true]);
});

test('rounding is to the nearest, half away from zero, and never minus zero', () => {
  expect([roundToDigits(3, 1.2345), roundToDigits(3, -1.2345), roundToDigits(6, 12_345)]).toEqual([
    1.235, -1.235, 12_345,
  ]);
  expect(Object.is(roundToDigits(3, -3.6e-17), 0)).toBe(true);
});
