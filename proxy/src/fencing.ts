/** Which pushes count: the newest leader's newest one, and an older leader's only once the newer has been silent for long. */
import type { Clock, Fence } from '@rouse/contract';

/** So long without a sign of life, and a lower epoch is believed again (its Lease may have been deleted and made anew). */
export const SILENCE_MS = 30_000;

export type Verdict = { readonly accepted: true } | { readonly accepted: false; readonly own: Fence };

export class Fencing {
  readonly #clock: Clock;
  /** Newest pair accepted; 0/0 before the first, as leaders count from 1. */
  applied: Fence = { epoch: 0, generation: 0 };
  /** When a push was last accepted, in the clock's ms; null before the first. */
  lastSignMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Accepts and remembers, or refuses with the own pair. The same pair again is accepted: the answer to it may have been lost. */
  offer(epoch: number, generation: number): Verdict {
    const nowMs = this.#clock.nowMs();
    if (!this.#newer(epoch, generation, nowMs)) return { accepted: false, own: this.applied };
    this.applied = { epoch, generation };
    this.lastSignMs = nowMs;
    return { accepted: true };
  }

  /** ms since the last accepted push; Infinity before the first. */
  silentMs(): number {
    return this.lastSignMs === null ? Number.POSITIVE_INFINITY : this.#clock.nowMs() - this.lastSignMs;
  }

  #newer(epoch: number, generation: number, nowMs: number): boolean {
    if (this.lastSignMs === null) return true;
    if (epoch !== this.applied.epoch) return epoch > this.applied.epoch || nowMs - this.lastSignMs >= SILENCE_MS;
    return generation >= this.applied.generation;
  }
}
