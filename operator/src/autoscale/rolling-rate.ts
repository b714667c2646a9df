/** Growth of a monotonic total over the second before its newest reading, whatever the spacing of the readings. */

interface Reading {
  readonly atMs: number;
  readonly total: number;
}

const SECOND_MS = 1_000;

/** Readings arrive with rising times; between two of them the total is taken to grow evenly. */
export class RollingRate {
  #readings: Reading[];

  constructor(startMs: number, total: number) {
    this.#readings = [{ atMs: startMs, total }];
  }

  get total(): number {
    return this.#readings.at(-1)!.total;
  }

  add(atMs: number, total: number): void {
    this.#readings.push({ atMs, total });
    // One reading at or before the second's start stays, to interpolate from.
    while (this.#readings.length > 2 && this.#readings[1]!.atMs <= atMs - SECOND_MS) this.#readings.shift();
  }

  /** Growth over the last second up to the newest reading; the time before the first reading counts as standing still. */
  lastSecond(): number {
    const newest = this.#readings.at(-1)!;
    return newest.total - this.#totalAt(newest.atMs - SECOND_MS);
  }

  #totalAt(atMs: number): number {
    let before = this.#readings[0]!;
    if (atMs <= before.atMs) return before.total;
    for (const after of this.#readings) {
      if (after.atMs >= atMs && after.atMs > before.atMs) {
        return before.total + ((after.total - before.total) * (atMs - before.atMs)) / (after.atMs - before.atMs);
      }
      before = after;
    }
    return before.total;
  }
}
