import { expect, test } from 'vitest';
import { wrongTestStyle } from './test-style.ts';

test('a sleep, a mock and a focused test are refused', () => {
  expect(wrongTestStyle('a.test.ts', 'await new Promise((resolve) => setTimeout(resolve, 100));')).toHaveLength(1);
  expect(wrongTestStyle('a.test.ts', 'await sleep(100);')).toHaveLength(1);
  expect(wrongTestStyle('a.test.ts', "vi.mock('node:net');")).toHaveLength(1);
  expect(wrongTestStyle('a.test.ts', "test.only('x', () => {});")).toHaveLength(1);
});

test('waiting for a condition with a deadline is accepted', () => {
  expect(wrongTestStyle('a.test.ts', 'await until(() => seen.length === 3);')).toEqual([]);
});
