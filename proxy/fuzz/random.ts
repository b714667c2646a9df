/** Random choices that a seed repeats: the same seed, the same inputs on every machine. */

export interface Random {
  /** An integer from 0 to `count` − 1. */
  below(count: number): number;
  /** True once in so many times. */
  oneIn(count: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** @param seed any integer */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  /** mulberry32 */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
  const below = (count: number): number => next() % count;
  return { below, oneIn: (count) => below(count) === 0, pick: (from) => from[below(from.length)]! };
}
