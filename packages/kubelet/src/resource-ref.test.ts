import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseQuantity, resourceValue } from './resource-ref.ts';

const node = { cpus: 2, memoryBytes: 4 * 2 ** 30 };
const container = {
  name: 'main',
  resources: { limits: { cpu: '250m', memory: '64Mi' }, requests: { memory: '1.5M', cpu: '0.1' } },
};

test.each([
  ['limits.cpu', undefined, '1'],
  ['limits.cpu', '1m', '250'],
  ['requests.cpu', '1m', '100'],
  ['limits.memory', undefined, '67108864'],
  ['limits.memory', '1Mi', '64'],
  ['requests.memory', '1Mi', '2'],
  ['limits.memory', '0', '67108864'],
])('%s by %s is %s', (resource, divisor, expected) => {
  expect(resourceValue(container, { resource, ...(divisor === undefined ? {} : { divisor }) }, node)).toBe(expected);
});

test('a container without limits may use the whole node, and requests default to limits', () => {
  expect(resourceValue({ name: 'free' }, { resource: 'limits.cpu' }, node)).toBe('2');
  expect(resourceValue({ name: 'free' }, { resource: 'limits.memory', divisor: '1Gi' }, node)).toBe('4');
  expect(resourceValue({ name: 'free', resources: { limits: { cpu: 2 } } }, { resource: 'requests.cpu' }, node)).toBe(
    '2',
  );
});

test.each(['memory', 'caps.cpu', 'limits.'])('%s is no resource', (resource) => {
  expect(resourceValue(container, { resource }, node)).toBeUndefined();
});

test('quantities are read with every suffix, and nothing else is one', () => {
  expect(['1', '1k', '1Ki', '2e3', '.5', '100m'].map(parseQuantity)).toEqual([1, 1000, 1024, 2000, 0.5, 0.1]);
  expect(['', 'x', '1x', '1 Mi', 'Mi', '--1'].map(parseQuantity)).toEqual(Array(6).fill(undefined));
  fc.assert(
    fc.property(fc.integer(), (number) => {
      expect(parseQuantity(number)).toBe(number);
    }),
  );
});
