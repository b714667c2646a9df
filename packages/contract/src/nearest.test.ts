import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test.each([
  ['prot', ['port', 'host', 'proxy'], 'port'],
  ['adminPort', ['port', 'admin-port'], 'admin-port'],
  ['min_scale', ['max-scale', 'min-scale'], 'min-scale'],
  ['zzzzzz', ['port', 'host'], null],
  ['', ['port'], null],
  ['x'.repeat(10_000), ['port'], null],
])('%s', (word, known, expected) => {
  expect(nearest(word, known)).toBe(expected);
});
