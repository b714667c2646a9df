/** A command-line flag: a descriptor whose key is the flag's name, also read from `ROUSE_<FLAG>`. */
import { type Descriptor, describe, type ValueOf, type ValueType } from './descriptor.ts';

export interface Flag<T, D = T> extends Descriptor<T, D> {
  /** May be given several times; the values are joined, as a comma-separated environment variable is. */
  readonly repeatable: boolean;
  /** Needs no value: `--flag` alone means `true`. */
  readonly isSwitch: boolean;
}

/** Flags of one program, by the names their values have in code. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The parsed values: each flag's own type, or its default. */
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: ValueOf<F[K]> };

interface About<D> {
  readonly default: D;
  readonly defaultText?: string;
  readonly doc: string;
}

export function flag<T, D>(name: string, value: ValueType<T>, about: About<D>): Flag<T, D> {
  return {
    ...describe(value, { ...about, key: name }),
    repeatable: value.shape.type === 'list',
    isSwitch: value.shape.type === 'boolean',
  };
}

/** `ROUSE_` and the name in upper case with underscores: `head-bytes` → `ROUSE_HEAD_BYTES`. */
export function flagEnvironmentName(name: string): string {
  return `ROUSE_${name.toUpperCase().replaceAll('-', '_')}`;
}
