/** The largest value of the last few ticks: what scale-down-delay holds on to (Knative's aggregation/max package). */

interface Maximum {
  readonly tick: number;
  readonly value: number;
}

/** Sliding maximum over `ticks` consecutive integer ticks. Old values leave when a newer tick is recorded, never on reading. */
export class MaxWindow {
  readonly ticks: number;
  /** Falling values with rising ticks: only these can still become the maximum. */
  #maxima: Maximum[] = [];

  constructor(ticks: number) {
    this.ticks = ticks;
  }

  /** Records a value for `tick`, which never decreases from call to call; of several in one tick the largest counts. */
  record(tick: number, value: number): void {
    const maxima = this.#maxima.filter((kept) => kept.value > value && tick - kept.tick < this.ticks);
    const last = maxima.at(-1);
    if (last?.tick !== tick) maxima.push({ tick, value });
    this.#maxima = maxima;
  }

  /** The maximum, 0 when nothing was recorded yet. */
  current(): number {
    return this.#maxima[0]?.value ?? 0;
  }
}

/** The same by time: `delayMs` rounded up to whole ticks of `tickMs`. */
export class TimeMaxWindow {
  readonly delayMs: number;
  readonly tickMs: number;
  #window: MaxWindow;

  constructor(delayMs: number, tickMs: number) {
    this.delayMs = delayMs;
    this.tickMs = tickMs;
    this.#window = new MaxWindow(Math.ceil(delayMs / tickMs));
  }

  record(atMs: number, value: number): void {
    this.#window.record(Math.floor(atMs / this.tickMs), value);
  }

  current(): number {
    return this.#window.current();
  }
}
