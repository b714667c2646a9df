import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isNewer } from './resource-version.ts';

test('versions are ordered as the numbers they are, however long', () => {
  const version = fc.bigInt({ min: 0n, max: 2n ** 80n });
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(isNewer(String(a), String(b))).toBe(a >= b);
    }),
  );
});

test('what is no number counts as newer, since it comes from the API', () => {
  for (const unreadable of ['', 'abc', '1.5', '-3']) {
    expect(isNewer(unreadable, '7')).toBe(true);
    expect(isNewer('7', unreadable)).toBe(true);
  }
});
