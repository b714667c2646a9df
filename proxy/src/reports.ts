/** Tells every reader once a second what happened, and at once what cannot wait. */
import type { Clock, Fence, Report } from '@rouse/contract';
import type { Workload } from './workload.ts';
import { hasSomethingToTell, remember, reportWorkload, type Told, toldNothing } from './workload-report.ts';

const BEAT_MS = 1000;

/** Between two early reports: news of the first kind waits at most so long, more of what is known already the other. */
const URGENT_GAP_MS = 5;
const SOON_GAP_MS = 20;

export interface ReportsOptions {
  readonly clock: Clock;
  /** New per process start. */
  readonly instance: string;
  readonly workloads: () => Iterable<Workload>;
  readonly applied: () => Fence;
  /** Runs something in the next turn of the event loop. */
  readonly defer: (run: () => void) => void;
}

/** One reader. */
export interface ReportStream {
  /** The reader took everything: what it missed meanwhile is sent. */
  drained(): void;
  close(): void;
}

interface Stream {
  /** Sends it, and answers whether the reader keeps up; once false, nothing is sent until `drained`. */
  readonly send: (report: Report) => boolean;
  readonly told: Map<Workload, Told>;
  lastMs: number;
  ready: boolean;
  missed: boolean;
  cancelBeat: () => void;
}

export class Reports {
  readonly #options: ReportsOptions;
  readonly #streams = new Set<Stream>();
  /** Workloads with news since the last early report. */
  readonly #news = new Set<Workload>();
  #deferred = false;
  #cancelTimer: (() => void) | null = null;
  #timerMs = 0;
  #lastEarlyMs = Number.NEGATIVE_INFINITY;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** Readers now. */
  get count(): number {
    return this.#streams.size;
  }

  urgent(workload: Workload): void {
    this.#raise(workload, URGENT_GAP_MS);
  }

  soon(workload: Workload): void {
    this.#raise(workload, SOON_GAP_MS);
  }

  /** A new reader: gets the standing state at once, so that it misses no request that waits already. */
  open(send: (report: Report) => boolean): ReportStream {
    const nowMs = this.#options.clock.nowMs();
    const stream: Stream = {
      send,
      told: new Map(),
      lastMs: nowMs,
      ready: true,
      missed: false,
      cancelBeat: () => {},
    };
    for (const workload of this.#options.workloads()) {
      // Its average begins with the stream, and so does a change of its pods.
      workload.accrue(nowMs);
      const told = toldNothing();
      told.demandMs = workload.demandMs;
      stream.told.set(workload, told);
      if (workload.cold !== null) workload.wake ??= { by: workload.cold.by, atMs: workload.cold.arrivedMs };
    }
    this.#streams.add(stream);
    this.#send(stream, false, nowMs);
    for (const workload of this.#options.workloads()) if (!this.#news.has(workload)) workload.wake = null;
    this.#arm(stream);
    return {
      drained: () => {
        stream.ready = true;
        if (!stream.missed || !this.#streams.has(stream)) return;
        stream.missed = false;
        this.#send(stream, false);
      },
      close: () => {
        stream.cancelBeat();
        this.#streams.delete(stream);
      },
    };
  }

  close(): void {
    this.#cancelTimer?.();
    for (const stream of this.#streams) stream.cancelBeat();
    this.#streams.clear();
  }

  #raise(workload: Workload, gapMs: number): void {
    if (this.#streams.size === 0) {
      forgetNews(workload);
      return;
    }
    this.#news.add(workload);
    if (this.#deferred) return;
    const nowMs = this.#options.clock.nowMs();
    const dueMs = this.#lastEarlyMs + gapMs;
    if (nowMs >= dueMs) {
      this.#deferred = true;
      this.#options.defer(() => this.#flush());
    } else if (this.#cancelTimer === null || dueMs < this.#timerMs) {
      this.#cancelTimer?.();
      this.#timerMs = dueMs;
      this.#cancelTimer = this.#options.clock.after(dueMs - nowMs, () => this.#flush());
    }
  }

  #flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#deferred = false;
    this.#lastEarlyMs = this.#options.clock.nowMs();
    if (this.#news.size === 0) return;
    for (const stream of this.#streams) this.#send(stream, false);
    for (const workload of this.#news) forgetNews(workload);
    this.#news.clear();
  }

  #arm(stream: Stream): void {
    stream.cancelBeat = this.#options.clock.after(BEAT_MS, () => {
      this.#arm(stream);
      // News belongs to all readers: told to all before one of them gets its beat.
      if (this.#news.size > 0) this.#flush();
      this.#send(stream, true);
      for (const workload of this.#options.workloads()) {
        if (workload.alarmed && workload.demand < (workload.alarm ?? Number.POSITIVE_INFINITY))
          workload.alarmed = false;
      }
    });
  }

  #send(stream: Stream, beat: boolean, nowMs = this.#options.clock.nowMs()): void {
    if (!stream.ready) {
      stream.missed = true;
      return;
    }
    stream.ready = stream.send(this.#report(stream, beat, nowMs));
  }

  #report(stream: Stream, beat: boolean, nowMs: number): Report {
    const periodMs = nowMs - stream.lastMs;
    const reports = [];
    const known = stream.told.size;
    let seen = 0;
    for (const workload of this.#options.workloads()) {
      workload.accrue(nowMs);
      let told = stream.told.get(workload);
      if (told === undefined) {
        told = toldNothing();
        stream.told.set(workload, told);
      } else seen++;
      if (!hasSomethingToTell(workload, told)) continue;
      reports.push(reportWorkload(workload, told, periodMs, nowMs));
      remember(told, workload);
    }
    if (seen < known) forgetRemoved(stream.told, new Set(this.#options.workloads()));
    stream.lastMs = nowMs;
    return { instance: this.#options.instance, applied: this.#options.applied(), periodMs, beat, workloads: reports };
  }
}

function forgetNews(workload: Workload): void {
  workload.wake = null;
  workload.coldDone = null;
  for (const pod of workload.leaving) if (pod.inFlight === 0) workload.leaving.delete(pod);
}

function forgetRemoved(told: Map<Workload, Told>, present: ReadonlySet<Workload>): void {
  for (const workload of told.keys()) if (!present.has(workload)) told.delete(workload);
}
