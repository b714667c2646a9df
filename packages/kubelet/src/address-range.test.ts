import { expect, test } from 'vitest';
import { addressRange } from './address-range.ts';
import type { Pod } from './pod.ts';

const pod = (uid: string): Pod => ({
  metadata: { name: uid, namespace: 'default', uid, resourceVersion: '1' },
  spec: { containers: [] },
});

test('each pod has an address of its own, and keeps it', () => {
  const range = addressRange('10.244.7.0');
  expect(range.first).toBe('10.244.7.1');
  expect([range.of(pod('a')), range.of(pod('b')), range.of(pod('a'))]).toEqual([
    '10.244.7.2',
    '10.244.7.3',
    '10.244.7.2',
  ]);
});

test('a released address is given out again after all others', () => {
  const range = addressRange('10.244.7.0');
  range.of(pod('first'));
  range.release(pod('first'));
  range.release(pod('unknown'));
  const given = Array.from({ length: 253 }, (_, index) => range.of(pod(`pod-${index}`)));
  expect(new Set(given).size).toBe(253);
  expect(given.at(-1)).toBe('10.244.7.2');
  expect(() => range.of(pod('one too many'))).toThrow('no address of 10.244.7.0/24 is free');
});
