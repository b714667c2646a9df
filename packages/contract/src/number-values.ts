/** Kinds of values that are quantities: integers, decimals, durations, sizes. */
import { type Parsed, refuse, type ValueType } from './descriptor.ts';
import { formatGoDuration, parseGoDuration, shortDuration } from './go-duration.ts';
import { parseGoFloat } from './go-float.ts';

export const MAX_INT32 = 2_147_483_647;

/** `strconv.ParseInt(text, 10, 64)` within the safe integers: a sign and digits only; null otherwise. */
export function parseInteger(text: string): number | null {
  if (!/^[+-]?[0-9]+$/.test(text)) return null;
  const value = Number(text);
  // Beyond the safe integers only the side of zero matters: every range here is narrower.
  return value === 0 ? 0 : value;
}

/** An integer from `min` to `max`, both included. */
export function integer(min: number, max: number, unit = ''): ValueType<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`;
  return {
    shape: { type: 'integer', min, max },
    unit,
    range,
    parse(text) {
      const value = parseInteger(text);
      if (value === null) return refuse('invalid_value', range, `e.g. ${Math.max(min, Math.min(max, 1))}`);
      if (value < min) return refuse('out_of_bounds', range, `at least ${min}`, min, max);
      if (value > max) return refuse('out_of_bounds', range, `at most ${max}`, min, max);
      return { ok: true, value };
    },
  };
}

function bounds(min: number, max: number): string {
  if (max !== Number.POSITIVE_INFINITY) return `a number from ${min} to ${max}`;
  return min === Number.NEGATIVE_INFINITY ? 'a number' : `a number of at least ${min}`;
}

/**
 * A decimal number from `min` to `max`, both included; never NaN. Where a bound is infinite, infinity is accepted as
 * upstream does, and stands for the largest number: JSON cannot carry it.
 * @param options.also single values outside the range that are accepted too
 */
export function decimal(
  min: number,
  max: number,
  options: { unit?: string; also?: readonly number[] } = {},
): ValueType<number> {
  const also = options.also ?? [];
  const range = also.length === 0 ? bounds(min, max) : `${also.join(' or ')}, or ${bounds(min, max)}`;
  return {
    shape: { type: 'number', min, max, also },
    unit: options.unit ?? '',
    range,
    parse(text) {
      const value = parseGoFloat(text);
      const example = `e.g. ${Math.max(min, 1)}`;
      if (value === null) return refuse('invalid_value', range, example);
      if (also.includes(value)) return { ok: true, value };
      if (value < min) return refuse('out_of_bounds', range, `at least ${min}`, min, max);
      if (value > max) return refuse('out_of_bounds', range, `at most ${max}`, min, max);
      return { ok: true, value: Math.max(-Number.MAX_VALUE, Math.min(value, Number.MAX_VALUE)) };
    },
  };
}

/** The longest duration Go has: where upstream sets no bound, this is it. */
export const LONGEST_DURATION = formatGoDuration((1n << 63n) - 1n);

/**
 * A Go duration from `min` to `max` (Go syntax, both included), as milliseconds.
 * @param max {@link LONGEST_DURATION} where there is none
 * @param options.wholeSeconds refuses fractions of a second, as Knative does for windows and delays
 */
export function duration(min: string, max: string, options: { wholeSeconds?: boolean } = {}): ValueType<number> {
  const minNs = parseGoDuration(min);
  const maxNs = parseGoDuration(max);
  if (minNs === null || maxNs === null) throw new Error(`not Go durations: ${min}, ${max}`);
  const wholeSeconds = options.wholeSeconds ?? false;
  const limits = max === LONGEST_DURATION ? `of at least ${min}` : `from ${min} to ${max}`;
  const range = `a duration ${limits}${wholeSeconds ? ' in whole seconds' : ''}`;
  const example = shortDuration(
    Number(minNs > 60_000_000_000n ? minNs : maxNs < 60_000_000_000n ? maxNs : 60_000_000_000n) / 1e6,
  );
  function outside(): Parsed<number> {
    return refuse('out_of_bounds', range, `e.g. ${example}`, formatGoDuration(minNs!), formatGoDuration(maxNs!));
  }
  return {
    shape: { type: 'duration', minNs, maxNs, wholeSeconds },
    unit: 'ms',
    range,
    parse(text) {
      const valueNs = parseGoDuration(text);
      if (valueNs === null) {
        const bare = /^[0-9]+(?:\.[0-9]+)?$/.test(text);
        return refuse('invalid_value', range, bare ? `with a unit, e.g. ${text}s` : `e.g. ${example}`);
      }
      if (valueNs < minNs || valueNs > maxNs) return outside();
      if (wholeSeconds && valueNs % 1_000_000_000n !== 0n) {
        return refuse(
          'sub_second_precision',
          range,
          `in whole seconds, e.g. ${Number(valueNs / 1_000_000_000n) || 1}s`,
        );
      }
      return { ok: true, value: Number(valueNs) / 1e6 };
    },
  };
}

const SIZE_UNITS = new Map<string, number>([
  ['', 1],
  ['B', 1],
  ['k', 1e3],
  ['kB', 1e3],
  ['M', 1e6],
  ['MB', 1e6],
  ['G', 1e9],
  ['GB', 1e9],
  ['Ki', 2 ** 10],
  ['KiB', 2 ** 10],
  ['Mi', 2 ** 20],
  ['MiB', 2 ** 20],
  ['Gi', 2 ** 30],
  ['GiB', 2 ** 30],
]);

/** `64KiB`, `16MiB`, `512`: bytes in the largest binary unit that divides them. */
export function formatSize(bytes: number): string {
  for (const [unit, factor] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

/** A size in bytes: digits and an optional unit (`64KiB`, `64Ki`, `64kB`, `65536`). */
export function size(minBytes: number, maxBytes: number): ValueType<number> {
  const range = `a size from ${formatSize(minBytes)} to ${formatSize(maxBytes)}`;
  return {
    shape: { type: 'size', minBytes, maxBytes },
    unit: 'bytes',
    range,
    parse(text) {
      const match = /^([0-9]{1,15})([A-Za-z]*)$/.exec(text);
      const factor = match === null ? undefined : SIZE_UNITS.get(match[2]!);
      if (match === null || factor === undefined)
        return refuse('invalid_value', range, `e.g. ${formatSize(Math.max(minBytes, Math.min(maxBytes, 65_536)))}`);
      const value = Number(match[1]) * factor;
      if (value < minBytes)
        return refuse('out_of_bounds', range, `at least ${formatSize(minBytes)}`, minBytes, maxBytes);
      if (value > maxBytes)
        return refuse('out_of_bounds', range, `at most ${formatSize(maxBytes)}`, minBytes, maxBytes);
      return { ok: true, value };
    },
  };
}
