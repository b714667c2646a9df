import { expect, test } from 'vitest';
import { slopePerTenMinutes } from './slope.ts';

const line = (perMs: number, noise: (index: number) => number) =>
  Array.from({ length: 20 }, (_, index) => ({
    atMs: index * 40_000,
    value: 50 + index * 40_000 * perMs + noise(index),
  }));

test('a steady growth is found, whatever swings around it', () => {
  expect(slopePerTenMinutes(line(2 / 600_000, () => 0))).toBeCloseTo(2);
  expect(slopePerTenMinutes(line(2 / 600_000, (index) => (index % 2 === 0 ? 1 : -1)))).toBeCloseTo(2, 0);
});

test('what only swings does not grow, and too few samples tell nothing', () => {
  expect(Math.abs(slopePerTenMinutes(line(0, (index) => Math.sin(index * 2))))).toBeLessThan(0.2);
  expect(slopePerTenMinutes([])).toBe(0);
  expect(slopePerTenMinutes([{ atMs: 5, value: 1 }])).toBe(0);
});
