import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseGoFloat } from './go-float.ts';

// Values as Go 1.26 gives them.
test.each([
  ['1_000', 1000],
  ['0x1p4', 16],
  ['0x1_0p0', 16],
  ['0x_1p0', 1],
  ['0X1P-2', 0.25],
  ['0x.8p1', 1],
  ['0x1.8p0', 1.5],
  ['0x1.p3', 8],
  ['-0x1p4', -16],
  ['+0x1p4', 16],
  ['1e5_0', 1e50],
  ['.5', 0.5],
  ['5.', 5],
  ['+2', 2],
  ['1E3', 1000],
  ['1e-400', 0],
  ['iNf', Number.POSITIVE_INFINITY],
  ['+infinity', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
])('%s is %d', (text, value) => {
  expect(parseGoFloat(text)).toBe(value);
});

test.each([
  ...['', '.', '+', '1e', 'e5', '--1', ' 1', '1 ', '1,5', '0x', '0x10', '0xp1', '0x.p1', '0x1p', '0b1', '0o7'],
  ...['_1', '1_', '1__0', '1_.5', '1._5', '1e_5', '1e400', '0x1p9999', 'NaN', 'nan', '+nan', 'infin', '١'],
])('%j is no number', (text) => {
  expect(parseGoFloat(text)).toBeNull();
});

test('every finite number as printed is read back', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
      Object.is(parseGoFloat(String(value)), Number(String(value))),
    ),
  );
});
