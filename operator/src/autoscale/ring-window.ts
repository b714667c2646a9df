/** A ring of time buckets with the averages of Knative's aggregation package: linear, and weighted exponential. */
import { roundToDigits } from './round-to-digits.ts';

export type Averaging = 'linear' | 'weighted-exponential';

/** Decimal digits a linear average is rounded to (Knative's `precision`). */
const AVERAGE_DIGITS = 6;
/** Weights of all buckets together come to at least this much. */
const WEIGHT_PRECISION = 0.9999;
/** With very many buckets the weighted average would hardly differ from the linear one, so it decays at least this fast. */
const LEAST_DECAY = 0.2;

/** Share of the newest bucket in a weighted average over `buckets` buckets, 0.2–0.9999 (Knative's computeSmoothingCoeff). */
export function smoothingCoefficient(buckets: number): number {
  return Math.max(1 - (1 - WEIGHT_PRECISION) ** (1 / buckets), LEAST_DECAY);
}

/**
 * Sums of values per bucket of `granularityMs`, over the last `windowMs`. Times are milliseconds of one monotonic
 * clock; they may arrive late by up to a window, older ones are ignored.
 */
export class RingWindow {
  readonly granularityMs: number;
  readonly averaging: Averaging;
  #windowMs: number;
  #buckets: Float64Array;
  #total = 0;
  /** Start of the oldest bucket that counts; null while nothing was recorded. */
  #firstMs: number | null = null;
  /** Start of the newest bucket written. */
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number, granularityMs: number, averaging: Averaging = 'linear') {
    this.granularityMs = granularityMs;
    this.averaging = averaging;
    this.#windowMs = windowMs;
    this.#buckets = new Float64Array(Math.ceil(windowMs / granularityMs));
  }

  get windowMs(): number {
    return this.#windowMs;
  }

  get bucketCount(): number {
    return this.#buckets.length;
  }

  /**
   * Adds `value` to the bucket of `atMs`. Buckets skipped since the last write become zero; after a whole window
   * without a write the average starts over with a partial window.
   */
  record(atMs: number, value: number): void {
    const bucketMs = this.#align(atMs);
    if (bucketMs !== this.#lastMs) {
      if (bucketMs + this.#windowMs <= this.#lastMs) return;
      if (this.#firstMs === null || this.#firstMs > bucketMs) this.#firstMs = bucketMs;
      if (bucketMs > this.#lastMs) this.#moveTo(bucketMs);
    }
    const slot = this.#slot(this.#index(bucketMs));
    this.#buckets[slot] = this.#at(slot) + value;
    this.#total += value;
  }

  /** True when nothing was recorded within the window before `nowMs`: there is nothing to decide on. */
  isEmpty(nowMs: number): boolean {
    return this.#align(nowMs) - this.#lastMs > this.#windowMs;
  }

  /**
   * Average per bucket over the window that ends at `nowMs`. Linear: missing newest data shortens the divisor, as does
   * a window not yet full; holes count as zero. Weighted: each older bucket counts less by a constant factor.
   */
  average(nowMs: number): number {
    return this.averaging === 'linear' ? this.#linear(nowMs) : this.#weighted(nowMs);
  }

  /** Sum of the buckets still inside the window that ends at `nowMs`. */
  sum(nowMs: number): number {
    const gap = this.#gap(nowMs);
    if (gap * this.granularityMs >= this.#windowMs) return 0;
    let sum = 0;
    for (let back = 0; back < this.#buckets.length - gap; back++) sum += this.#back(back);
    return sum;
  }

  /** Changes the window's length: growing keeps all data without diluting it, shrinking keeps the newest buckets. */
  resize(nowMs: number, windowMs: number): void {
    if (windowMs === this.#windowMs) return;
    const count = Math.ceil(windowMs / this.granularityMs);
    const next = new Float64Array(count);
    let total = 0;
    if (this.isEmpty(nowMs)) {
      this.#firstMs = null;
    } else {
      const newest = this.#index(this.#lastMs);
      for (let back = 0; back < Math.min(count, this.#buckets.length); back++) {
        const value = this.#back(back);
        next[modulo(newest - back, count)] = value;
        total += value;
      }
      this.#firstMs = this.#lastMs - (this.#buckets.length - 1) * this.granularityMs;
    }
    this.#windowMs = windowMs;
    this.#buckets = next;
    this.#total = total;
  }

  #linear(nowMs: number): number {
    const gap = this.#gap(nowMs);
    if (gap * this.granularityMs >= this.#windowMs) return 0;
    let total = this.#total;
    const newest = this.#index(this.#lastMs);
    for (let ahead = 1; ahead <= gap; ahead++) total -= this.#at(this.#slot(newest + ahead));
    // Emptied by a resize: late data then counts over the whole window.
    const firstMs = this.#firstMs ?? Number.NEGATIVE_INFINITY;
    const written = (this.#lastMs - firstMs) / this.granularityMs + 1;
    return roundToDigits(AVERAGE_DIGITS, total / Math.min(written, this.#buckets.length - gap));
  }

  #weighted(nowMs: number): number {
    if (this.isEmpty(nowMs)) return 0;
    const gap = this.#gap(nowMs);
    const share = smoothingCoefficient(this.#buckets.length);
    let weight = share * (1 - share) ** gap;
    let average = 0;
    for (let back = 0; back < this.#buckets.length - gap; back++) {
      average += this.#back(back) * weight;
      weight *= 1 - share;
    }
    return average;
  }

  #moveTo(bucketMs: number): void {
    if (bucketMs - this.#lastMs >= this.#windowMs) {
      this.#firstMs = bucketMs;
      this.#buckets.fill(0);
      this.#total = 0;
    } else {
      for (let index = this.#index(this.#lastMs) + 1; index <= this.#index(bucketMs); index++) {
        const slot = this.#slot(index);
        this.#total -= this.#at(slot);
        this.#buckets[slot] = 0;
      }
    }
    this.#lastMs = bucketMs;
  }

  /** Whole buckets between the last write and `nowMs`, 0 when there are none or `nowMs` lies before it. */
  #gap(nowMs: number): number {
    return Math.max(0, (this.#align(nowMs) - this.#lastMs) / this.granularityMs);
  }

  #back(steps: number): number {
    return this.#at(this.#slot(this.#index(this.#lastMs) - steps));
  }

  #align(atMs: number): number {
    return Math.floor(atMs / this.granularityMs) * this.granularityMs;
  }

  #index(bucketMs: number): number {
    return Math.round(bucketMs / this.granularityMs);
  }

  #slot(index: number): number {
    return modulo(index, this.#buckets.length);
  }

  #at(slot: number): number {
    return this.#buckets[slot] ?? 0;
  }
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
