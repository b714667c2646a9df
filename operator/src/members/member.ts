/** One proxy as the operator knows it: what it reported, what it accepted, and the two connections to it. */
import type { Fence, Report, WorkloadKey, WorkloadReport } from '@rouse/contract';
import { type ControlTarget, controlAgent } from './control-request.ts';
import { MemberSender, type PushCounts, type SenderEvents } from './member-sender.ts';
import { ReportStream } from './report-stream.ts';
import type { WantedTable } from './wanted-table.ts';

/** A member without a report for this long is worth telling a person. */
export const SILENT_MEMBER_MS = 60_000;

/**
 * What its silence no longer holds up, because its node is lost: nothing, a scale-down that leaves pods, or sleep too.
 * Its next report ends it.
 */
export type Excuse = 'none' | 'fewer' | 'zero';

export interface SeenWorkload {
  readonly report: WorkloadReport;
  /** Monotonic time of the report that carried it. */
  readonly atMs: number;
  /** False once a later report left it out: no demand and no news there since. */
  readonly current: boolean;
}

/** What is known of one proxy; times are of the injected monotonic clock. */
export interface MemberView {
  readonly url: string;
  /** New per process start of the proxy; null before its first sign. */
  readonly instance: string | null;
  /** Newest pair it said it applied. */
  readonly applied: Fence | null;
  readonly lastReportAtMs: number | null;
  /** When the newest accepted PUT or DELETE of the present leadership was sent; null when there is none. */
  readonly lastSignSentAtMs: number | null;
  /** True once it may hold a table, ours or an earlier leader's; from then on its silence is unknown demand. */
  readonly counted: boolean;
  /** ms since its last report, or since it was added. */
  readonly silentMs: number;
  readonly excuse: Excuse;
  readonly pushes: Readonly<PushCounts>;
  /** Workloads this instance ever reported. */
  keys(): Iterable<WorkloadKey>;
  /** Its newest report of one workload. */
  workload(key: WorkloadKey): SeenWorkload | undefined;
}

export interface MemberEvents extends SenderEvents {
  onReport(report: Report): void;
  /** Another process answers at this URL. */
  onInstance(instance: string, previous: string | null): void;
  /** Its reports ended or never began; told again only for another reason. */
  onBroken(reason: string): void;
  /** No report for 60 s; once per silence. */
  onSilent(silentMs: number): void;
  /** The first report, and the first after a broken stream. */
  onReporting(): void;
}

export class Member implements MemberView {
  readonly url: string;
  readonly sender: MemberSender;
  instance: string | null = null;
  applied: Fence | null = null;
  lastReportAtMs: number | null = null;
  excuse: Excuse = 'none';
  readonly #target: ControlTarget;
  readonly #events: MemberEvents;
  readonly #stream: ReportStream;
  readonly #streamAgent: ControlTarget['agent'];
  readonly #seen = new Map<WorkloadKey, { report: WorkloadReport; atMs: number; beat: number }>();
  readonly #addedAtMs: number;
  #reports = 0;
  #reporting = false;
  #brokenBy = '';
  #toldSilent = false;
  #cancelSilence: () => void = () => {};

  constructor(target: Omit<ControlTarget, 'agent'>, wanted: WantedTable, events: MemberEvents, random: () => number) {
    this.url = target.url.href.replace(/\/$/, '');
    this.#events = events;
    this.#addedAtMs = target.clock.nowMs();
    this.#target = { ...target, agent: controlAgent(target.url, 1) };
    this.#streamAgent = controlAgent(target.url, 1);
    this.sender = new MemberSender(
      this.#target,
      wanted,
      { ...events, onInstance: (instance) => this.#setInstance(instance) },
      random,
    );
    this.#stream = new ReportStream(
      { ...target, agent: this.#streamAgent },
      {
        onReport: (report) => this.#received(report),
        onBroken: (reason) => {
          const told = !this.#reporting && reason === this.#brokenBy;
          this.#reporting = false;
          this.#brokenBy = reason;
          if (!told) events.onBroken(reason);
        },
      },
      random,
    );
    this.#watchSilence(SILENT_MEMBER_MS);
  }

  get lastSignSentAtMs(): number | null {
    return this.sender.lastAcceptedSentAtMs;
  }

  get pushes(): Readonly<PushCounts> {
    return this.sender.counts;
  }

  get counted(): boolean {
    return this.sender.everSent || (this.applied !== null && this.applied.generation > 0);
  }

  get silentMs(): number {
    return this.#target.clock.nowMs() - (this.lastReportAtMs ?? this.#addedAtMs);
  }

  keys(): Iterable<WorkloadKey> {
    return this.#seen.keys();
  }

  workload(key: WorkloadKey): SeenWorkload | undefined {
    const seen = this.#seen.get(key);
    return seen && { report: seen.report, atMs: seen.atMs, current: seen.beat === this.#reports };
  }

  close(): void {
    this.#cancelSilence();
    this.#stream.close();
    this.sender.close();
    this.#target.agent.destroy();
    this.#streamAgent.destroy();
  }

  #received(report: Report): void {
    this.#setInstance(report.instance);
    this.applied = report.applied;
    this.lastReportAtMs = this.#target.clock.nowMs();
    this.#toldSilent = false;
    this.excuse = 'none';
    this.#reports += 1;
    for (const workload of report.workloads) {
      this.#seen.set(workload.key, { report: workload, atMs: this.lastReportAtMs, beat: this.#reports });
    }
    if (!this.#reporting) {
      this.#reporting = true;
      this.#events.onReporting();
    }
    this.#events.onReport(report);
  }

  #setInstance(instance: string): void {
    if (instance === this.instance) return;
    const previous = this.instance;
    this.instance = instance;
    this.applied = null;
    this.#seen.clear();
    this.sender.setInstance(instance);
    this.#events.onInstance(instance, previous);
  }

  #watchSilence(waitMs: number): void {
    this.#cancelSilence = this.#target.clock.after(waitMs, () => {
      const silentMs = this.silentMs;
      if (silentMs >= SILENT_MEMBER_MS && !this.#toldSilent) {
        this.#toldSilent = true;
        this.#events.onSilent(silentMs);
      }
      this.#watchSilence(silentMs >= SILENT_MEMBER_MS ? SILENT_MEMBER_MS : SILENT_MEMBER_MS - silentMs);
    });
  }
}
