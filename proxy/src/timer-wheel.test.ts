import { manualClock } from '@rouse/contract/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimerWheel, WheelTimer } from './timer-wheel.ts';

test('a timer runs at its time or at most two ticks late, never early', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 20 }), (delaysMs) => {
      const clock = manualClock();
      const wheel = new TimerWheel(clock, 50);
      const ranAtMs = delaysMs.map(() => -1);
      delaysMs.forEach((delayMs, index) => {
        wheel.set(
          new WheelTimer(() => {
            ranAtMs[index] = clock.nowMs();
          }),
          delayMs,
        );
      });
      clock.advance(200_200);
      delaysMs.forEach((delayMs, index) => {
        expect(ranAtMs[index]).toBeGreaterThanOrEqual(delayMs);
        expect(ranAtMs[index]).toBeLessThanOrEqual(delayMs + 100);
      });
    }),
  );
});

test('a timer set again runs once, at the last time set, whether that is earlier or later', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 120_000 }), { minLength: 1, maxLength: 8 }), (delaysMs) => {
      const clock = manualClock();
      const wheel = new TimerWheel(clock, 50);
      const ranAtMs: number[] = [];
      const timer = new WheelTimer(() => ranAtMs.push(clock.nowMs()));
      for (const delayMs of delaysMs) wheel.set(timer, delayMs);
      clock.advance(200_000);
      const lastMs = delaysMs.at(-1)!;
      expect(ranAtMs).toHaveLength(1);
      expect(ranAtMs[0]).toBeGreaterThanOrEqual(lastMs);
      expect(ranAtMs[0]).toBeLessThanOrEqual(lastMs + 100);
    }),
  );
});

test('a cleared or removed timer does not run', () => {
  const clock = manualClock();
  const wheel = new TimerWheel(clock);
  let runs = 0;
  const cleared = new WheelTimer(() => runs++);
  const removed = new WheelTimer(() => runs++);
  wheel.set(cleared, 100);
  wheel.set(removed, 100);
  wheel.clear(cleared);
  wheel.remove(removed);
  clock.advance(60_000);
  expect(runs).toBe(0);
});

test('a callback may remove a neighbour in the same slot and set itself again', () => {
  const clock = manualClock();
  const wheel = new TimerWheel(clock);
  let runs = 0;
  let neighbourRuns = 0;
  const neighbour = new WheelTimer(() => neighbourRuns++);
  const timer: WheelTimer = new WheelTimer(() => {
    runs++;
    wheel.remove(neighbour);
    if (runs < 3) wheel.set(timer, 100);
  });
  wheel.set(timer, 100);
  wheel.set(neighbour, 100);
  clock.advance(10_000);
  expect(runs).toBe(3);
  expect(neighbourRuns).toBe(0);
});

test('an empty wheel stops beating and starts again with the right time', () => {
  const clock = manualClock();
  const wheel = new TimerWheel(clock, 50);
  let ranAtMs = 0;
  wheel.set(new WheelTimer(() => {}), 10);
  clock.advance(90_000);
  wheel.set(
    new WheelTimer(() => {
      ranAtMs = clock.nowMs();
    }),
    500,
  );
  clock.advance(1_000);
  expect(ranAtMs).toBeGreaterThanOrEqual(90_500);
  expect(ranAtMs).toBeLessThanOrEqual(90_600);
});

test('a beat that comes very late still runs what is due', () => {
  const beats: (() => void)[] = [];
  let nowMs = 0;
  const wheel = new TimerWheel(
    {
      nowMs: () => nowMs,
      wallMs: () => nowMs,
      after(_delayMs, run) {
        beats.push(run);
        return () => {};
      },
    },
    50,
  );
  let runs = 0;
  wheel.set(new WheelTimer(() => runs++), 70_000);
  nowMs = 1_000_000;
  beats.shift()!();
  expect(runs).toBe(1);
});
