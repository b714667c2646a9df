import { expect, test } from 'vitest';
import { panicAlarm } from './panic-alarm.ts';
import { DEFAULT_SCALE_SETTINGS } from './scale-settings.ts';

const alarm = (target: number, readyPods: number, members = 1) =>
  panicAlarm({ ...DEFAULT_SCALE_SETTINGS, target }, readyPods, members);

test('the alarm is the least demand that wants twice the ready pods', () => {
  expect(alarm(70, 1)).toBe(71);
  expect(alarm(70, 0)).toBe(71);
  expect(alarm(70, 3)).toBe(351);
});

test('two proxies share it, each at least one request', () => {
  expect(alarm(70, 1, 2)).toBe(35);
  expect(alarm(0.01, 1, 2)).toBe(1);
});

test('with a target beyond any demand there is no alarm: a proxy would refuse such a number', () => {
  expect(alarm(1e20, 1)).toBeNull();
  expect(alarm(Number.MAX_VALUE, 100)).toBeNull();
  expect(alarm(1e12, 1)).toBe(1e12 + 1);
});

test('a rate has no alarm', () => {
  expect(panicAlarm({ ...DEFAULT_SCALE_SETTINGS, metric: 'rps' }, 1, 1)).toBeNull();
});
