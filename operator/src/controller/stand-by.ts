/** When a standby may raise a workload from zero: a request waits, and nobody leads. */
import type { Clock, WorkloadKey } from '@rouse/contract';

const HELD_MS = 3_000;
const UNRENEWED_MS = 5_000;

export class StandBy {
  readonly #clock: Clock;
  readonly #heldSinceMs = new Map<WorkloadKey, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param held a request waits at some proxy
   * @param unrenewedForMs ms since the Lease was seen to change; null = it was never read
   */
  mayWake(key: WorkloadKey, held: boolean, unrenewedForMs: number | null): boolean {
    if (!held) {
      this.#heldSinceMs.delete(key);
      return false;
    }
    const nowMs = this.#clock.nowMs();
    const sinceMs = this.#heldSinceMs.get(key) ?? nowMs;
    this.#heldSinceMs.set(key, sinceMs);
    return nowMs - sinceMs > HELD_MS && (unrenewedForMs ?? 0) > UNRENEWED_MS;
  }

  forget(key: WorkloadKey): void {
    this.#heldSinceMs.delete(key);
  }

  clear(): void {
    this.#heldSinceMs.clear();
  }
}
