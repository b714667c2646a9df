/** For tests of the handshake: simulated time with messages under way, and choices drawn from a list that fast-check can shrink. */

interface Scheduled {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class ModelClock {
  nowMs = 1_000;
  readonly #choices: readonly number[];
  #drawn = 0;
  #order = 0;
  #scheduled: Scheduled[] = [];

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  /** A number from 0 to `below` - 1; 0 once the choices are used up, which is the calm case everywhere. */
  choose(below: number): number {
    const choice = this.#choices[this.#drawn++] ?? 0;
    return choice % below;
  }

  get exhausted(): boolean {
    return this.#drawn >= this.#choices.length;
  }

  at(atMs: number, run: () => void): void {
    this.#scheduled.push({ atMs, order: this.#order++, run });
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.nowMs + delayMs, run);
  }

  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      let next: Scheduled | undefined;
      for (const each of this.#scheduled) {
        if (each.atMs > untilMs) continue;
        if (next === undefined || each.atMs < next.atMs || (each.atMs === next.atMs && each.order < next.order))
          next = each;
      }
      if (next === undefined) break;
      this.#scheduled = this.#scheduled.filter((each) => each !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = untilMs;
  }
}

/** A one-way channel that keeps order; what is sent may be late or lost. */
export class ModelChannel<T> {
  readonly #clock: ModelClock;
  readonly #deliver: (message: T) => void;
  readonly #mostMs: number;
  #lastMs = 0;

  constructor(clock: ModelClock, mostMs: number, deliver: (message: T) => void) {
    this.#clock = clock;
    this.#mostMs = mostMs;
    this.#deliver = deliver;
  }

  send(message: T): void {
    this.#lastMs = Math.max(this.#lastMs, this.#clock.nowMs + this.#clock.choose(this.#mostMs));
    this.#clock.at(this.#lastMs, () => this.#deliver(message));
  }
}
