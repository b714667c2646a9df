import { expect, test } from 'vitest';
import { age, humanDuration } from './table-cells.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Upstream's own cases (apimachinery, `TestHumanDuration`). */
test.each([
  [second, '1s'],
  [70 * second, '70s'],
  [190 * second, '3m10s'],
  [70 * minute, '70m'],
  [47 * hour, '47h'],
  [49 * hour, '2d1h'],
  [8 * day + 2 * hour, '8d'],
  [367 * day, '367d'],
  [365 * 2 * day + 25 * hour, '2y1d'],
  [365 * 8 * day + 2 * hour, '8y'],
  [-500, '0s'],
  [-5 * second, '<invalid>'],
])('%i ms is %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

test('an age that is not known says so', () => {
  expect(age(undefined, 0)).toBe('<unknown>');
  expect(age('1970-01-01T00:00:01Z', 3000)).toBe('2s');
});
