import type { Transition } from '@rouse/contract';
import { expect, test } from 'vitest';
import { transitionLine } from './transitions.ts';

const woken: Transition = {
  at: '2026-03-01T10:00:00.000Z',
  namespace: 'default',
  name: 'hello',
  from: 0,
  to: 1,
  coldStart: { by: 'curl GET /', patchedMs: 4.2, startedMs: 210.4, podMs: 212, portMs: 387.6, firstByteMs: 391 },
  why: 'woken',
};

test('a cold start shows who woke it and its stages', () => {
  expect(transitionLine(woken)).toBe(
    'hello 0→1  woken by curl GET /  patched 4 ms · started 210 · port 388 · first byte 391',
  );
});

test('stages that nobody saw are left out', () => {
  const coldStart = { ...woken.coldStart!, patchedMs: null, startedMs: null, portMs: null };
  expect(transitionLine({ ...woken, coldStart })).toBe('hello 0→1  woken by curl GET /  first byte 391 ms');
});

test('any other one says why, and the namespace where it is not default', () => {
  expect(transitionLine({ ...woken, from: 1, to: 0, coldStart: null, why: 'idle 6 s' })).toBe('hello 1→0  idle 6 s');
  expect(transitionLine({ ...woken, namespace: 'team-a', coldStart: null, why: 'x' })).toBe('team-a/hello 0→1  x');
});
