/** Adds up the reports of all proxies for one workload into the stable and panic windows, and keeps who has demand now. */
import type { DemandSample } from './demand-sample.ts';
import { MemberDemand } from './member-demand.ts';
import { RingWindow } from './ring-window.ts';
import { BUCKET_MS, type ScaleSettings } from './scale-settings.ts';

/** A proxy that reported within this time is taken to go on as it did while its next report is under way. */
const CARRY_MS = 2_000;

export class WorkloadDemand {
  readonly #members = new Map<string, MemberDemand>();
  #metric: ScaleSettings['metric'];
  #stable: RingWindow;
  #panic: RingWindow;
  #endedMs: number;

  /** @param nowMs counts as the end of the last request until one is known */
  constructor(nowMs: number, settings: ScaleSettings) {
    this.#endedMs = nowMs;
    this.#metric = settings.metric;
    this.#stable = new RingWindow(settings.windowMs, BUCKET_MS, settings.averaging);
    this.#panic = new RingWindow(settings.panicWindowMs, BUCKET_MS, settings.averaging);
  }

  /** New settings keep the history, unless another metric or another kind of average is asked for. */
  configure(nowMs: number, settings: ScaleSettings): void {
    if (settings.metric !== this.#metric || settings.averaging !== this.#stable.averaging) {
      this.#metric = settings.metric;
      this.#stable = new RingWindow(settings.windowMs, BUCKET_MS, settings.averaging);
      this.#panic = new RingWindow(settings.panicWindowMs, BUCKET_MS, settings.averaging);
      for (const member of this.#members.values()) member.second = Number.NEGATIVE_INFINITY;
    }
    this.#stable.resize(nowMs, settings.windowMs);
    this.#panic.resize(nowMs, settings.panicWindowMs);
  }

  /** Takes one proxy's sample; a new instance resets counters, not history. */
  record(nowMs: number, sample: DemandSample, alarm: number | null): void {
    const known = this.#members.get(sample.member);
    let member = known;
    if (member?.instance !== sample.instance) {
      if (known !== undefined && known.demand > 0) this.touch(nowMs);
      member = new MemberDemand(nowMs, sample, known !== undefined);
      if (known !== undefined) {
        member.second = known.second;
        member.concurrency = known.concurrency;
        member.rps = known.rps;
      }
      this.#members.set(sample.member, member);
    }
    const before = this.#valueOf(member);
    member.take(nowMs, sample, alarm);
    if (member.endedMs !== null) this.#endedMs = Math.max(this.#endedMs, member.endedMs);
    this.#put(nowMs, member, before);
    this.#carry(nowMs, member);
  }

  /** The proxy left for good. Requests it had may have been cut: that counts as their end. */
  forget(nowMs: number, member: string): void {
    if ((this.#members.get(member)?.demand ?? 0) > 0) this.touch(nowMs);
    this.#members.delete(member);
  }

  /** Something happened that counts as the end of a request. */
  touch(nowMs: number): void {
    this.#endedMs = Math.max(this.#endedMs, nowMs);
  }

  get memberCount(): number {
    return this.#members.size;
  }

  get endedMs(): number {
    return this.#endedMs;
  }

  get inFlight(): number {
    return this.#total((member) => member.inFlight);
  }

  get held(): number {
    return this.#total((member) => member.held);
  }

  get demand(): number {
    return this.inFlight + this.held;
  }

  get arrivalsLastSecond(): number {
    return this.#total((member) => member.arrivalsLastSecond);
  }

  /** Averages of the metric; null when nothing was recorded within the windows (Knative's ErrNoData). */
  observed(nowMs: number): { readonly stable: number; readonly panic: number } | null {
    if (this.#stable.isEmpty(nowMs) && this.#panic.isEmpty(nowMs)) return null;
    return { stable: this.#stable.average(nowMs), panic: this.#panic.average(nowMs) };
  }

  /** A second's value is the newest known of it: what this proxy added to it before is replaced. */
  #put(nowMs: number, member: MemberDemand, before: number): void {
    const second = Math.floor(nowMs / BUCKET_MS);
    const value = this.#valueOf(member);
    const change = member.second === second ? value - before : value;
    member.second = second;
    this.#stable.record(nowMs, change);
    this.#panic.record(nowMs, change);
  }

  /** Until the others report for a new second too, their last value stands for them; else the sum would dip each second. */
  #carry(nowMs: number, reported: MemberDemand): void {
    for (const member of this.#members.values()) {
      if (member === reported || member.second >= reported.second) continue;
      if (nowMs - member.reportedMs < CARRY_MS) this.#put(nowMs, member, 0);
    }
  }

  #valueOf(member: MemberDemand): number {
    return this.#metric === 'rps' ? member.rps : member.concurrency;
  }

  #total(of: (member: MemberDemand) => number): number {
    let sum = 0;
    for (const member of this.#members.values()) sum += of(member);
    return sum;
  }
}
