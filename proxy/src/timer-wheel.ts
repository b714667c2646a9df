/** One coarse timer for tens of thousands of deadlines: intrusive nodes, O(1) to set and clear, nothing allocated. */
import type { Clock } from '@rouse/contract';

const SLOTS = 1024;

/** A deadline that lives in its owner and is set and cleared any number of times. */
export class WheelTimer {
  readonly run: () => void;
  /** When it falls due by the wheel's clock; Infinity while it is not set. */
  dueMs = Number.POSITIVE_INFINITY;
  /** Tick it is filed under; the wheel's own, like the two links. */
  tick = 0;
  next: WheelTimer | null = null;
  previous: WheelTimer | null = null;

  /** @param run called once per setting; must not throw */
  constructor(run: () => void) {
    this.run = run;
  }

  get isSet(): boolean {
    return this.dueMs !== Number.POSITIVE_INFINITY;
  }
}

function sentinel(): WheelTimer {
  const node = new WheelTimer(() => {});
  node.next = node;
  node.previous = node;
  return node;
}

function link(head: WheelTimer, timer: WheelTimer): void {
  const last = head.previous!;
  last.next = timer;
  timer.previous = last;
  timer.next = head;
  head.previous = timer;
}

function unlink(timer: WheelTimer): void {
  timer.previous!.next = timer.next;
  timer.next!.previous = timer.previous;
  timer.next = null;
  timer.previous = null;
}

/**
 * Timers run at their time or up to two ticks late, never early. Setting a later time than before, and clearing, only
 * write a number (the node is looked at again when its old slot comes round), so a warm request touches no list.
 * The wheel beats only while something is filed in it.
 */
export class TimerWheel {
  /** Time of the last beat; exact enough for idle lives and deadlines, and free to read. */
  nowMs: number;
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #slots: WheelTimer[] = Array.from({ length: SLOTS }, sentinel);
  readonly #due = sentinel();
  #tick: number;
  #filed = 0;
  #cancelBeat: (() => void) | null = null;

  /** @param tickMs length of one beat in ms, > 0 */
  constructor(clock: Clock, tickMs = 50) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.nowMs = clock.nowMs();
    this.#tick = Math.floor(this.nowMs / tickMs);
  }

  /** Nodes in the wheel, cleared ones included whose slot has not come round. */
  get filed(): number {
    return this.#filed;
  }

  /** Due `delayMs` (>= 0) from now, replacing an earlier setting. */
  set(timer: WheelTimer, delayMs: number): void {
    if (this.#cancelBeat === null) this.#start();
    const dueMs = this.nowMs + this.#tickMs + delayMs;
    timer.dueMs = dueMs;
    if (timer.next !== null) {
      if (timer.tick * this.#tickMs <= dueMs) return;
      unlink(timer);
      this.#filed--;
    }
    this.#file(timer);
  }

  /** The same, counted from now: the last beat is long ago where the event loop was busy. */
  setFromNow(timer: WheelTimer, delayMs: number): void {
    if (this.#cancelBeat === null) this.#start();
    this.set(timer, delayMs + this.#clock.nowMs() - this.nowMs);
  }

  /** Not due any more; the node may stay filed until its slot comes round. */
  clear(timer: WheelTimer): void {
    timer.dueMs = Number.POSITIVE_INFINITY;
  }

  /** Clears it and lets go of the node at once: for owners that end. */
  remove(timer: WheelTimer): void {
    timer.dueMs = Number.POSITIVE_INFINITY;
    if (timer.next === null) return;
    unlink(timer);
    this.#filed--;
  }

  /** Stops beating and forgets every timer. */
  stop(): void {
    this.#cancelBeat?.();
    this.#cancelBeat = null;
    for (const head of this.#slots) while (head.next !== head) this.remove(head.next!);
  }

  #file(timer: WheelTimer): void {
    timer.tick = Math.max(Math.ceil(timer.dueMs / this.#tickMs), this.#tick + 1);
    link(this.#slots[timer.tick % SLOTS]!, timer);
    this.#filed++;
  }

  #start(): void {
    this.nowMs = this.#clock.nowMs();
    this.#tick = Math.floor(this.nowMs / this.#tickMs);
    this.#arm();
  }

  #arm(): void {
    this.#cancelBeat = this.#clock.after(this.#tickMs, () => this.#beat());
  }

  #beat(): void {
    this.nowMs = this.#clock.nowMs();
    const last = Math.floor(this.nowMs / this.#tickMs);
    // After a long stall every slot is looked at once; more would only repeat.
    const first = Math.max(this.#tick + 1, last - SLOTS + 1);
    for (let tick = first; tick <= last; tick++) {
      this.#tick = tick;
      this.#visit(this.#slots[tick % SLOTS]!);
    }
    this.#tick = last;
    if (this.#filed > 0) this.#arm();
    else this.#cancelBeat = null;
  }

  #visit(head: WheelTimer): void {
    if (head.next === head) return;
    // Moved aside first: a callback may set or remove any timer, those of this slot included.
    const due = this.#due;
    due.next = head.next;
    due.previous = head.previous;
    due.next!.previous = due;
    due.previous!.next = due;
    head.next = head;
    head.previous = head;
    while (due.next !== due) {
      const timer = due.next!;
      unlink(timer);
      this.#filed--;
      if (timer.dueMs <= this.nowMs) {
        timer.dueMs = Number.POSITIVE_INFINITY;
        timer.run();
      } else if (timer.isSet) this.#file(timer);
    }
  }
}
