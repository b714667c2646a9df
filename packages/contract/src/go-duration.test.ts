import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatGoDuration, parseGoDuration, shortDuration } from './go-duration.ts';

// Facts of Go's time package (TestParseDuration, TestParseDurationErrors).
test.each([
  ['0', 0n],
  ['-0', 0n],
  ['+0', 0n],
  ['5s', 5_000_000_000n],
  ['+5s', 5_000_000_000n],
  ['-5s', -5_000_000_000n],
  ['5.0s', 5_000_000_000n],
  ['5.s', 5_000_000_000n],
  ['.5s', 500_000_000n],
  ['1.004s', 1_004_000_000n],
  ['1.0040s', 1_004_000_000n],
  ['100.00100s', 100_001_000_000n],
  ['10ns', 10n],
  ['11us', 11_000n],
  ['12µs', 12_000n],
  ['12μs', 12_000n],
  ['13ms', 13_000_000n],
  ['3h30m', 12_600_000_000_000n],
  ['10.5s4m', 250_500_000_000n],
  ['-2m3.4s', -123_400_000_000n],
  ['1h2m3s4ms5us6ns', 3_723_004_005_006n],
  ['9007199254.740993ms', 9_007_199_254_740_993n],
  ['9223372036854775807ns', 9_223_372_036_854_775_807n],
  ['9223372036854775.807us', 9_223_372_036_854_775_807n],
  ['9223372036s854ms775us807ns', 9_223_372_036_854_775_807n],
  ['-9223372036854775808ns', -9_223_372_036_854_775_808n],
  ['-9223372036854775.808us', -9_223_372_036_854_775_808n],
  ['-2562047h47m16.854775808s', -9_223_372_036_854_775_808n],
  ['0.3333333333333333333h', 1_200_000_000_000n],
  ['0.830103483285477580700h', 2_988_372_539_827n],
  ['0.100000000000000000000h', 360_000_000_000n],
  ['0.9223372036854775807h', 3_320_413_933_267n],
])('%s is %d ns', (text, ns) => {
  expect(parseGoDuration(text)).toBe(ns);
});

test.each([
  '',
  '3',
  '-',
  's',
  '.',
  '-.',
  '.s',
  '+.s',
  '1d',
  '\x85\x85',
  '\xffff',
  'hello \xffff world',
  '1h ',
  ' 1h',
  '1 h',
  '1s1',
  '1..5s',
  '--1s',
  '1S',
  '9223372036854775810ns',
  '9223372036854775808ns',
  '-9223372036854775809ns',
  '9223372036854776us',
  '3000000h',
  '9223372036854775.808us',
  '9223372036854ms775us808ns',
  '10000000000000000000ns',
  '1e3s',
  '0x1s',
  'Infinitys',
  'NaNs',
])('%j is no duration', (text) => {
  expect(parseGoDuration(text)).toBeNull();
});

test.each([
  [0n, '0s'],
  [1n, '1ns'],
  [1_100n, '1.1µs'],
  [2_200_000n, '2.2ms'],
  [3_300_000_000n, '3.3s'],
  [245_000_000_000n, '4m5s'],
  [245_001_000_000n, '4m5.001s'],
  [18_367_001_000_000n, '5h6m7.001s'],
  [480_000_000_001n, '8m0.000000001s'],
  [9_223_372_036_854_775_807n, '2562047h47m16.854775807s'],
  [-9_223_372_036_854_775_808n, '-2562047h47m16.854775808s'],
  [3_600_000_000_000n, '1h0m0s'],
])('%d ns prints as %s', (ns, text) => {
  expect(formatGoDuration(ns)).toBe(text);
});

test('what is printed parses back to the same duration', () => {
  fc.assert(fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (ns) => parseGoDuration(formatGoDuration(ns)) === ns));
});

test('the short form drops empty parts and parses back', () => {
  expect([0, 300_000, 3_600_000, 5_400_000, 6_000, 250].map(shortDuration)).toEqual([
    '0',
    '5m',
    '1h',
    '1h30m',
    '6s',
    '250ms',
  ]);
  fc.assert(fc.property(fc.nat(), (ms) => parseGoDuration(shortDuration(ms)) === BigInt(ms) * 1_000_000n));
});

test('a very long text is refused without delay', () => {
  expect(parseGoDuration('1h'.repeat(3_000_000))).toBeNull();
  expect(parseGoDuration(`${'9'.repeat(200_000)}s`)).toBeNull();
});
