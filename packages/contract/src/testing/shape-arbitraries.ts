/** Values inside and outside a descriptor's range, generated from its shape, for property tests. */
import fc, { type Arbitrary } from 'fast-check';
import type { Shape } from '../descriptor.ts';
import { formatGoDuration } from '../go-duration.ts';

type ShapeOf<T extends Shape['type']> = Extract<Shape, { type: T }>;

/** Spellings that a careless parser takes for a number. */
const NO_NUMBERS = [
  '',
  ' ',
  ' 1',
  '1 ',
  '0x10',
  '0b1',
  '1_000',
  '1,5',
  'NaN',
  'nan',
  '-nan',
  'one',
  '١',
  '1;',
  '--1',
  '+',
  '1e',
  '.',
  'null',
];
const INFINITE = ['Infinity', 'inf', '+Inf'];
const INFINITIES = [...INFINITE, '-Infinity'];

const SECOND_NS = 1_000_000_000n;

function insert(base: Arbitrary<string>, strange: readonly string[]): Arbitrary<string> {
  return fc
    .tuple(base, fc.constantFrom(...strange), fc.nat())
    .map(([text, odd, at]) => text.slice(0, at % (text.length + 1)) + odd + text.slice(at % (text.length + 1)));
}

function goodDuration(shape: ShapeOf<'duration'>): Arbitrary<string> {
  const unit = shape.wholeSeconds ? SECOND_NS : 1n;
  return fc.bigInt(shape.minNs / unit, shape.maxNs / unit).map((count) => formatGoDuration(count * unit));
}

function badDuration(shape: ShapeOf<'duration'>): Arbitrary<string> {
  const { minNs, maxNs } = shape;
  const outside = fc
    .oneof(fc.bigInt(-(10n ** 18n), minNs - 1n), fc.bigInt(maxNs + 1n, maxNs + 10n ** 18n))
    .map(formatGoDuration);
  const malformed = fc.constantFrom(
    '',
    ' ',
    '60',
    '1d',
    '1w',
    's',
    '1 s',
    '1s ',
    '-',
    '1.s.',
    'PT1M',
    '5min',
    'NaN',
    'Infinitys',
    '0x1s',
    '1h1',
  );
  if (!shape.wholeSeconds) return fc.oneof(outside, malformed);
  const fraction = fc
    .tuple(fc.bigInt(minNs / SECOND_NS, maxNs / SECOND_NS - 1n), fc.bigInt(1n, SECOND_NS - 1n))
    .map(([seconds, restNs]) => formatGoDuration(seconds * SECOND_NS + restNs));
  return fc.oneof(outside, malformed, fraction);
}

function goodNumber(shape: ShapeOf<'number'>): Arbitrary<string> {
  const inside = fc.double({
    min: shape.min,
    max: Math.min(shape.max, 1e12),
    noNaN: true,
    minExcluded: shape.aboveMin ?? false,
  });
  const also = shape.also.map((value) => fc.constant(value));
  const unbounded = shape.max === Number.POSITIVE_INFINITY ? [fc.constantFrom(...INFINITE)] : [];
  return fc.oneof(fc.oneof(inside, ...also).map(String), ...unbounded);
}

function badNumber(shape: ShapeOf<'number'>): Arbitrary<string> {
  const noNumbers = NO_NUMBERS.filter((text) => text !== '1_000');
  const unlimited = fc.constantFrom(...noNumbers, '0x1p', '1e999');
  if (shape.min === Number.NEGATIVE_INFINITY) return unlimited;
  const below = fc
    .double({ min: -1e12, max: shape.min, noNaN: true })
    .filter((value) => (value < shape.min || shape.aboveMin === true) && !shape.also.includes(value))
    .map((value) => String(value === 0 ? 0 : value));
  const malformed = fc.oneof(unlimited, fc.constant('-Infinity'));
  if (shape.max === Number.POSITIVE_INFINITY) return fc.oneof(below, malformed);
  return fc.oneof(
    below,
    malformed,
    fc.constantFrom(...INFINITE),
    fc.double({ min: shape.max, max: 1e12, noNaN: true, minExcluded: true }).map(String),
  );
}

function badInteger(shape: ShapeOf<'integer'>): Arbitrary<string> {
  const below = fc.integer({ min: 1, max: 1_000_000 }).map((by) => String(shape.min - by));
  const above = fc.bigInt(1n, 10n ** 30n).map((by) => String(BigInt(shape.max) + by));
  return fc.oneof(below, above, fc.constantFrom(...NO_NUMBERS, ...INFINITIES, '1.5', '1e3', '1.0'));
}

function badSize(shape: ShapeOf<'size'>): Arbitrary<string> {
  const above = fc.integer({ min: 1, max: 1_000_000_000 }).map((by) => String(shape.maxBytes + by));
  const malformed = fc.constantFrom(
    '',
    ' ',
    '-1',
    '1.5KiB',
    '64 KiB',
    '64kib',
    '64KIB',
    '1e3',
    '0x10',
    'KiB',
    'NaN',
    '1TiB',
  );
  if (shape.minBytes === 0) return fc.oneof(above, malformed);
  return fc.oneof(above, malformed, fc.integer({ min: 0, max: shape.minBytes - 1 }).map(String));
}

function badItem(shape: Shape): Arbitrary<string> {
  // Spaces around an item are ignored, a comma would make two items of it.
  return badValue(shape).filter((text) => text.trim() === text && !text.includes(','));
}

/** Texts that a descriptor of this shape must accept. */
export function goodValue(shape: Shape): Arbitrary<string> {
  switch (shape.type) {
    case 'integer':
      return fc
        .tuple(fc.integer({ min: shape.min, max: shape.max }), fc.boolean())
        .map(([value, plus]) => (plus && value >= 0 ? `+${value}` : String(value)));
    case 'number':
      return goodNumber(shape);
    case 'duration':
      return goodDuration(shape);
    case 'size':
      return fc.integer({ min: shape.minBytes, max: shape.maxBytes }).map(String);
    case 'boolean':
      return fc.constantFrom('true', 'false');
    case 'choice':
      return fc.constantFrom(...shape.values);
    case 'list':
      return fc.array(goodValue(shape.item), { maxLength: 5 }).map((items) => items.join(', '));
    case 'either':
      return fc.oneof(...shape.of.map(goodValue));
    case 'text':
      return fc.constantFrom(...shape.good);
  }
}

/** Texts that a descriptor of this shape must refuse. */
export function badValue(shape: Shape): Arbitrary<string> {
  switch (shape.type) {
    case 'integer':
      return badInteger(shape);
    case 'number':
      return badNumber(shape);
    case 'duration':
      return badDuration(shape);
    case 'size':
      return badSize(shape);
    case 'boolean':
      return fc.constantFrom('', ' ', 'yes', 'no', '1', '0', 'on', 'true ', 'truee');
    case 'choice':
      return fc.oneof(
        fc.constantFrom(...shape.values).map((value) => `${value}x`),
        fc.constantFrom(...shape.values).map((value) => value.toUpperCase()),
        fc.constantFrom('', ' ', 'none', 'default'),
      );
    case 'list':
      return fc
        .tuple(goodValue(shape.item), badItem(shape.item), fc.boolean())
        .map(([good, bad, first]) => (first ? `${bad},${good}` : `${good},${bad}`));
    case 'either':
      // The last kind's refusals are chosen such that no other kind takes them.
      return badValue(shape.of.at(-1)!);
    case 'text': {
      const samples = fc.constantFrom(...shape.bad);
      return shape.forbidden.length === 0
        ? samples
        : fc.oneof(samples, insert(fc.constantFrom(...shape.good), shape.forbidden));
    }
  }
}
