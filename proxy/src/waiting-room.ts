/** Where held requests wait: capped by count and bytes, shared among workloads, left in O(1), and not for longer than each workload's wake-timeout. */
import type { Clock } from '@rouse/contract';
import type { Exchange } from './exchange.ts';
import type { Workload } from './workload.ts';

/** How exactly wake-timeout is kept; one timer for all that is held, none per request. */
const TICK_MS = 50;

export interface WaitingRoomLimits {
  /** Most bytes held requests of one workload keep in this process, and of all together. */
  readonly workloadBytes: number;
  readonly totalBytes: number;
  /** Most requests held of all workloads together; Infinity for no limit. */
  readonly totalRequests: number;
  /** Part of the room that one workload may take while no other takes any, in percent: a whole number from 1 to 100. */
  readonly sharePercent: number;
}

export class WaitingRoom {
  readonly #clock: Clock;
  readonly #limits: WaitingRoomLimits;
  readonly #refuse: (exchange: Exchange, code: string) => void;
  readonly #occupied = new Set<Workload>();
  #ticking = false;
  /** Over all workloads. */
  bytes = 0;
  requests = 0;

  /** @param refuse answers a request that has just left the room */
  constructor(clock: Clock, limits: WaitingRoomLimits, refuse: (exchange: Exchange, code: string) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#refuse = refuse;
  }

  /** Is there room for one more? A request that comes back from a pod is not asked again. */
  hasRoom(workload: Workload, exchange: Exchange): boolean {
    const { held } = workload;
    const { workloadBytes, totalBytes, totalRequests } = this.#limits;
    const bytes = exchange.bufferedBytes;
    if (held.count >= workload.limits.queueLimit || held.bytes + bytes > workloadBytes) return false;
    const freeBytes = totalBytes - this.bytes - bytes;
    const freeRequests = totalRequests - this.requests - 1;
    if (freeBytes < 0 || freeRequests < 0) return false;
    // Of a small room one request may be more than a share, and somebody has to wake the workload.
    if (held.count === 0) return true;
    return this.#isWithinShare(held.bytes + bytes, freeBytes) && this.#isWithinShare(held.count + 1, freeRequests);
  }

  /**
   * What one workload holds stays in proportion to what would still be free (Choudhury and Hahne's dynamic thresholds):
   * alone it fills its share; the more of them crowd the room the less each gets, and there is always some for another.
   */
  #isWithinShare(taken: number, free: number): boolean {
    const { sharePercent } = this.#limits;
    return taken * (100 - sharePercent) <= free * sharePercent;
  }

  /** @param front for one that had its turn and lost its pod */
  enter(workload: Workload, exchange: Exchange, front: boolean): void {
    exchange.heldSinceMs = this.#clock.nowMs();
    exchange.outOfOrder = exchange.heldBeforeMs > 0 || front;
    if (front) workload.held.unshift(exchange);
    else workload.held.push(exchange);
    this.bytes += exchange.heldBytes;
    this.requests++;
    this.#occupied.add(workload);
    if (!this.#ticking) {
      this.#ticking = true;
      this.#clock.after(TICK_MS, () => this.#tick());
    }
  }

  leave(workload: Workload, exchange: Exchange): void {
    exchange.heldBeforeMs += this.#clock.nowMs() - exchange.heldSinceMs;
    workload.held.remove(exchange);
    this.bytes -= exchange.heldBytes;
    this.requests--;
    if (workload.held.count === 0) this.#occupied.delete(workload);
  }

  /** Workloads that hold anything now. */
  occupied(): readonly Workload[] {
    return [...this.#occupied];
  }

  /** Turns away everything that waits for `workload`. */
  clear(workload: Workload, code: string): void {
    for (let exchange = workload.held.head; exchange !== null; exchange = workload.held.head) {
      this.#turnAway(workload, exchange, code);
    }
  }

  #tick(): void {
    this.#ticking = this.#occupied.size > 0;
    if (this.#ticking) this.#clock.after(TICK_MS, () => this.#tick());
    const nowMs = this.#clock.nowMs();
    for (const workload of this.#occupied) this.#expire(workload, nowMs);
  }

  /** The first that is not due ends the search, as those behind it wait for less long; those out of order are passed. */
  #expire(workload: Workload, nowMs: number): void {
    const { wakeTimeoutMs } = workload.limits;
    let exchange = workload.held.head;
    while (exchange?.held) {
      const next: Exchange | null = exchange.nextHeld;
      if (nowMs - exchange.heldSinceMs + exchange.heldBeforeMs >= wakeTimeoutMs)
        this.#turnAway(workload, exchange, 'wake-timeout');
      else if (!exchange.outOfOrder) return;
      exchange = next;
    }
  }

  #turnAway(workload: Workload, exchange: Exchange, code: string): void {
    workload.accrue(this.#clock.nowMs());
    this.leave(workload, exchange);
    this.#refuse(exchange, code);
  }
}
