/** Kinds of values that are words: switches, choices, free text and lists of them. */
import { type Parsed, refuse, type ValueType } from './descriptor.ts';

/** `true` or `false`, nothing else. */
export function boolean(): ValueType<boolean> {
  const range = '`true` or `false`';
  return {
    shape: { type: 'boolean' },
    unit: '',
    range,
    parse(text) {
      if (text === 'true' || text === 'false') return { ok: true, value: text === 'true' };
      return refuse('invalid_value', range, '`true` or `false`, in lower case');
    },
  };
}

/** One of the given words, matched exactly. */
export function choice<const T extends string>(...values: readonly T[]): ValueType<T> {
  const range = values.length === 1 ? `\`${values[0]}\`` : `one of ${values.map((value) => `\`${value}\``).join(', ')}`;
  return {
    shape: { type: 'choice', values },
    unit: '',
    range,
    parse(text) {
      const value = values.find((candidate) => candidate === text);
      return value === undefined ? refuse('invalid_value', range, `e.g. ${values[0]}`) : { ok: true, value };
    },
  };
}

/**
 * Text of a syntax of its own.
 * @param read the value, or null where it does not parse
 * @param samples values that parse, values that do not, characters that never may occur, and what every value matches
 */
export function text<T>(
  range: string,
  read: (text: string) => T | null,
  samples: {
    good: readonly string[];
    bad: readonly string[];
    forbidden?: readonly string[];
    matches?: readonly string[];
  },
): ValueType<T> {
  return {
    shape: {
      type: 'text',
      good: samples.good,
      bad: samples.bad,
      forbidden: samples.forbidden ?? [],
      ...(samples.matches === undefined ? {} : { matches: samples.matches }),
    },
    unit: '',
    range,
    parse(value) {
      const result = read(value);
      return result === null ? refuse('invalid_value', range, `e.g. ${samples.good[0]}`) : { ok: true, value: result };
    },
  };
}

/** Items separated by commas; spaces around an item are ignored, empty items are refused; no text is no item. */
export function list<T>(item: ValueType<T>): ValueType<readonly T[]> {
  const range = `a comma-separated list, each ${item.range}`;
  return {
    shape: { type: 'list', item: item.shape },
    unit: '',
    range,
    parse(value): Parsed<readonly T[]> {
      if (value.trim() === '') return { ok: true, value: [] };
      const items: T[] = [];
      for (const part of value.split(',')) {
        const parsed = item.parse(part.trim());
        if (!parsed.ok)
          return refuse('invalid_value', range, `${parsed.fix} in place of ${JSON.stringify(part.trim())}`);
        items.push(parsed.value);
      }
      return { ok: true, value: items };
    },
  };
}

/** Whichever of two kinds accepts the text, the first one first. */
export function either<A, B>(first: ValueType<A>, second: ValueType<B>): ValueType<A | B> {
  const range = `${first.range}, or ${second.range}`;
  return {
    shape: { type: 'either', of: [first.shape, second.shape] },
    unit: first.unit || second.unit,
    range,
    parse(value): Parsed<A | B> {
      const parsed = first.parse(value);
      if (parsed.ok) return parsed;
      const other = second.parse(value);
      return other.ok ? other : refuse('invalid_value', range, other.fix);
    },
  };
}

/** Any text that is not empty and holds no control character. */
export function words(example: string): ValueType<string> {
  return text('text, not empty', (value) => (value.trim() === '' || /[\x00-\x1f\x7f]/.test(value) ? null : value), {
    good: [example],
    bad: ['', ' '],
    forbidden: ['\n', '\u0000'],
    matches: ['[^ ]', '^[^\\x00-\\x1f\\x7f]+$'],
  });
}
