/** Held requests of one workload, first in first out, linked through the exchanges themselves so that any of them leaves in O(1). */
import type { Exchange } from './exchange.ts';

export class HoldQueue {
  head: Exchange | null = null;
  tail: Exchange | null = null;
  count = 0;
  /** Sum of `bufferedBytes` as counted when each joined. */
  bytes = 0;

  /** Joins at the end. */
  push(exchange: Exchange): void {
    exchange.previousHeld = this.tail;
    exchange.nextHeld = null;
    if (this.tail === null) this.head = exchange;
    else this.tail.nextHeld = exchange;
    this.tail = exchange;
    this.#joined(exchange);
  }

  /** Goes back to the front: it had its turn, and lost its pod through no fault of its own. */
  unshift(exchange: Exchange): void {
    exchange.previousHeld = null;
    exchange.nextHeld = this.head;
    if (this.head === null) this.tail = exchange;
    else this.head.previousHeld = exchange;
    this.head = exchange;
    this.#joined(exchange);
  }

  /** Leaves, from wherever it stands; it must be in this queue. */
  remove(exchange: Exchange): void {
    const { previousHeld, nextHeld } = exchange;
    if (previousHeld === null) this.head = nextHeld;
    else previousHeld.nextHeld = nextHeld;
    if (nextHeld === null) this.tail = previousHeld;
    else nextHeld.previousHeld = previousHeld;
    exchange.previousHeld = null;
    exchange.nextHeld = null;
    exchange.held = false;
    this.count--;
    this.bytes -= exchange.heldBytes;
  }

  #joined(exchange: Exchange): void {
    exchange.held = true;
    exchange.heldBytes = exchange.bufferedBytes;
    this.count++;
    this.bytes += exchange.heldBytes;
  }
}
