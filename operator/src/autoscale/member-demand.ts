/** What one proxy reported of one workload: its demand now, and the metric's value for the current second. */
import type { DemandSample } from './demand-sample.ts';
import { RollingRate } from './rolling-rate.ts';

export class MemberDemand {
  readonly instance: string;
  /** When its last report came. */
  reportedMs: number;
  inFlight = 0;
  held = 0;
  /** When its last request ended; null when none did since it is known here. */
  endedMs: number | null = null;
  /** Whole second (of the operator's clock) its values below were last recorded for. */
  second = Number.NEGATIVE_INFINITY;
  concurrency = 0;
  rps = 0;
  /** Request-seconds so far, over the proxy's own time: reports arrive a little sooner or later than they were cut. */
  readonly #load = new RollingRate(0, 0);
  /** ms that its reports cover. */
  #coveredMs = 0;
  /** Arrivals so far, over our own time: a reconnect leaves a gap that they span. */
  #arrivals: RollingRate | null = null;
  readonly #fresh: boolean;

  /** @param fresh a new process whose counters began at 0 after the last report of the old one */
  constructor(nowMs: number, sample: DemandSample, fresh: boolean) {
    this.instance = sample.instance;
    this.reportedMs = nowMs - sample.periodMs;
    this.#fresh = fresh;
  }

  get demand(): number {
    return this.inFlight + this.held;
  }

  get arrivalsLastSecond(): number {
    return this.#arrivals?.lastSecond() ?? 0;
  }

  /** @param alarm demand at which an early report counts in full until the next beat; null = never */
  take(nowMs: number, sample: DemandSample, alarm: number | null): void {
    const demand = sample.inFlight + sample.held;
    this.#coveredMs += sample.periodMs;
    this.#load.add(this.#coveredMs, this.#load.total + (sample.concurrency * sample.periodMs) / 1000);
    if (sample.arrivals !== null) {
      // History of counters that ran before we listened is unknown; what is there now has arrived.
      this.#arrivals ??= new RollingRate(
        nowMs - sample.periodMs,
        this.#fresh ? 0 : Math.max(0, sample.arrivals - demand),
      );
      this.#arrivals.add(nowMs, sample.arrivals);
    } else if (this.#arrivals !== null) {
      this.#arrivals.add(nowMs, this.#arrivals.total);
    }
    if (demand > 0) this.endedMs = nowMs;
    else if (sample.idleMs !== null) this.endedMs = nowMs - sample.idleMs;
    else if (this.demand > 0) this.endedMs = nowMs;
    this.inFlight = sample.inFlight;
    this.held = sample.held;
    this.reportedMs = nowMs;
    const alarmed = !sample.beat && alarm !== null && demand >= alarm;
    this.concurrency = alarmed ? Math.max(demand, this.#load.lastSecond()) : this.#load.lastSecond();
    this.rps = this.arrivalsLastSecond;
  }
}
