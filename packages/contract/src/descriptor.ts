/** One description of an input (annotation, config key, flag): its key, range, default, parser and documentation. */

/** What a value may look like (`aboveMin`: the minimum itself is refused), in a form that documentation, schemas and property tests can be made from. */
export type Shape =
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  | {
      readonly type: 'number';
      readonly min: number;
      readonly max: number;
      readonly aboveMin?: true;
      readonly also: readonly number[];
    }
  | { readonly type: 'duration'; readonly minNs: bigint; readonly maxNs: bigint; readonly wholeSeconds: boolean }
  | { readonly type: 'size'; readonly minBytes: number; readonly maxBytes: number }
  | { readonly type: 'boolean' }
  | { readonly type: 'choice'; readonly values: readonly string[] }
  | { readonly type: 'list'; readonly item: Shape }
  | { readonly type: 'either'; readonly of: readonly Shape[] }
  /**
   * Free text of a syntax of its own: values that parse, values that do not, and characters that never may occur.
   * `matches`: regular expressions (RE2's syntax, so that schemas and CEL take them) all of which every accepted value
   * matches; they tell most of what is refused, not all.
   */
  | {
      readonly type: 'text';
      readonly matches?: readonly string[];
      readonly good: readonly string[];
      readonly bad: readonly string[];
      readonly forbidden: readonly string[];
    };

/** Why a value was refused; the names are those of Knative's validation where it has one. */
export type RefusalCode = 'invalid_value' | 'out_of_bounds' | 'sub_second_precision';

export interface Accepted<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Refused {
  readonly ok: false;
  readonly code: RefusalCode;
  /** What would be accepted, e.g. `an integer from 0 to 2147483647`. */
  readonly allowed: string;
  /** What to write instead, as the end of a sentence that begins with the key, e.g. `e.g. 60s`. */
  readonly fix: string;
  /** Set with `out_of_bounds`, as Knative prints them. */
  readonly lower?: number | string;
  readonly upper?: number | string;
}

export type Parsed<T> = Accepted<T> | Refused;

/** A kind of value: range and parser, without a key. */
export interface ValueType<T> {
  readonly shape: Shape;
  /** `ms`, `bytes`, `%`, `requests`, `pods`; empty where there is none. */
  readonly unit: string;
  /** What is accepted, in words. */
  readonly range: string;
  parse(text: string): Parsed<T>;
}

/** `T` is what a written value parses to, `D` what stands where none was written. */
export interface Descriptor<T, D = T> extends ValueType<T> {
  /** As its author writes it: a full annotation key, a config key, or a flag without its dashes. */
  readonly key: string;
  /** Other keys of the same meaning; the first one found wins, the key itself before them. */
  readonly aliases: readonly string[];
  readonly default: D;
  /** The default as it would be written; `none` or words where there is no literal. */
  readonly defaultText: string;
  /** One or two sentences for the reference pages. */
  readonly doc: string;
}

/** Anything described, where the type of its value does not matter. */
export type AnyDescriptor = Descriptor<unknown>;

/** What reading a descriptor gives: a parsed value or its default. */
export type ValueOf<X> = X extends Descriptor<infer T, infer D> ? T | D : never;

/** Makes a refusal whose fix names an example. */
export function refuse(
  code: RefusalCode,
  allowed: string,
  fix: string,
  lower?: number | string,
  upper?: number | string,
): Refused {
  if (lower === undefined || upper === undefined) return { ok: false, code, allowed, fix };
  return { ok: false, code, allowed, fix, lower, upper };
}

/** Adds the key, default and documentation to a kind of value. */
export function describe<T, D>(
  value: ValueType<T>,
  about: { key: string; aliases?: readonly string[]; default: D; defaultText?: string; doc: string },
): Descriptor<T, D> {
  return {
    ...value,
    key: about.key,
    aliases: about.aliases ?? [],
    default: about.default,
    defaultText: about.defaultText ?? (about.default === null ? 'none' : String(about.default)),
    doc: about.doc,
  };
}
