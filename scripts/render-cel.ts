/** CEL expressions that tell what a descriptor's shape accepts: never less than its parser, and most of what it refuses not. */
import { formatGoDuration, type Shape } from '@rouse/contract';

/** Sign and digits; bounds below are far from where int() overflows, and leading zeros are cut off by the parser itself. */
const INTEGER = '^[+-]?0*[0-9]{1,18}$';
/** Go's floats; what ParseFloat refuses beyond that is an error of double(), which the policy lets pass. */
const NUMBER =
  '^[+-]?(?:(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?|0[xX][0-9a-fA-F_.]+[pP][+-]?[0-9]+|(?i:inf(?:inity)?))$';
/** Go's durations. */
const DURATION = '^[+-]?(?:0|(?:(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$';

/** Digits and the units of `size`. */
const SIZE = '^[0-9]{1,15}(?:B|[kMG]B?|[KMG]iB?)?$';
const SIZE_FACTORS = [
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
] as const;

/** A string literal; JSON's escapes are CEL's. */
export function celString(text: string): string {
  return JSON.stringify(text);
}

export function celList(texts: readonly string[]): string {
  return `[${texts.map(celString).join(', ')}]`;
}

function matches(value: string, expression: string): string {
  return `${value}.matches(${celString(expression)})`;
}

function double(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function bounds(value: string, shape: Extract<Shape, { type: 'number' }>): string {
  const wanted = [
    `double(${value}) ${shape.aboveMin === true ? '>' : '>='} ${double(shape.min)}`,
    ...(Number.isFinite(shape.max) ? [`double(${value}) <= ${double(shape.max)}`] : []),
  ].join(' && ');
  const also = shape.also.map((each) => `double(${value}) == ${double(each)}`);
  return also.length === 0 ? wanted : `(${[...also, `(${wanted})`].join(' || ')})`;
}

function durationBounds(value: string, shape: Extract<Shape, { type: 'duration' }>): string {
  const limit = (ns: bigint) => `duration(${celString(formatGoDuration(ns))})`;
  const parts = [`duration(${value}) >= ${limit(shape.minNs)}`, `duration(${value}) <= ${limit(shape.maxNs)}`];
  if (shape.wholeSeconds) parts.push(`duration(string(duration(${value}).getSeconds()) + "s") == duration(${value})`);
  return parts.join(' && ');
}

function sizeBounds(value: string, shape: Extract<Shape, { type: 'size' }>): string {
  const factor = SIZE_FACTORS.map(([unit, bytes]) => `${value}.contains("${unit}") ? ${double(bytes)} : `).join('');
  const bytes = `double(${value}.find("^[0-9]+")) * (${factor}1.0)`;
  const atLeast = shape.minBytes === 0 ? '' : ` && ${bytes} >= ${double(shape.minBytes)}`;
  return `${bytes} <= ${double(shape.maxBytes)}${atLeast}`;
}

/**
 * An expression that is true for every value the shape accepts.
 * @param value a CEL expression of type string
 * @param depth of nested lists, for the names of their items
 */
export function celAccepts(shape: Shape, value: string, depth = 0): string {
  switch (shape.type) {
    case 'integer':
      return `(${matches(value, INTEGER)} && int(${value}) >= ${shape.min} && int(${value}) <= ${shape.max})`;
    case 'number':
      return `(${matches(value, NUMBER)} && ${bounds(value, shape)})`;
    case 'duration':
      return `(${matches(value, DURATION)} && ${durationBounds(value, shape)})`;
    case 'boolean':
      return `${value} in ["true", "false"]`;
    case 'choice':
      return `${value} in ${celList(shape.values)}`;
    case 'list': {
      const item = `item${depth === 0 ? '' : depth}`;
      const accepts = celAccepts(shape.item, `${item}.trim()`, depth + 1);
      return `(${value}.trim() == "" || ${value}.split(",").all(${item}, ${accepts}))`;
    }
    case 'either':
      return `(${shape.of.map((each) => celAccepts(each, value, depth)).join(' || ')})`;
    case 'text':
      return (shape.matches ?? []).map((expression) => matches(value, expression)).join(' && ') || 'true';
    case 'size':
      return `(${matches(value, SIZE)} && ${sizeBounds(value, shape)})`;
  }
}
