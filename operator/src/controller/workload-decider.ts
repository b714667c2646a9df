/** One workload's autoscaler at work: what it is fed with, when it is asked again, and what it said last. */
import type { ClusterConfig, DecisionRecord, Report, WorkloadReport } from '@rouse/contract';
import { demandSample } from '../autoscale/demand-sample.ts';
import { resolveScaleSettings } from '../autoscale/resolve-settings.ts';
import { type ScaleSettings, TICK_MS } from '../autoscale/scale-settings.ts';
import { createScaler, type Decision, type ScaleFacts, type Scaler } from '../autoscale/scaler.ts';
import type { ObservedWorkload } from '../cluster/observed-workload.ts';
import type { MemberView } from '../members/member.ts';
import type { WorkloadHost } from './workload-host.ts';
import { readyPods } from './workload-status.ts';

type Cause = DecisionRecord['cause'];

/** What only the controller knows of the moment of a decision. */
type Facts = Pick<ScaleFacts, 'replicas' | 'usable' | 'firstSeenReplicas'>;

export class WorkloadDecider {
  readonly scaler: Scaler;
  /** The newest; null before the first. */
  decision: Decision | null = null;
  decidedAtMs = Number.NEGATIVE_INFINITY;
  readonly #host: WorkloadHost;
  #config: ClusterConfig;
  #due: Cause | null = 'tick';

  constructor(host: WorkloadHost, observed: ObservedWorkload) {
    this.#host = host;
    this.#config = host.config();
    this.scaler = createScaler({
      nowMs: host.clock.nowMs(),
      settings: this.#resolve(observed),
      readyPods: readyPods(observed),
    });
  }

  get settings(): ScaleSettings {
    return this.scaler.settings;
  }

  /** Something happened: the next evaluation decides, for this cause. */
  due(cause: Cause): void {
    this.#due = cause;
  }

  /** The same, but a cause that was told before stays. */
  alsoDue(cause: Cause): void {
    this.#due ??= cause;
  }

  /** Takes up other annotations and other defaults of the cluster. */
  configure(nowMs: number, observed: ObservedWorkload, before: ObservedWorkload): void {
    if (observed.settings === before.settings && this.#host.config() === this.#config) return;
    this.#config = this.#host.config();
    this.scaler.configure(nowMs, this.#resolve(observed));
    this.alsoDue('settings');
  }

  /** A proxy's report, which `entry` is part of; undefined means no demand there. @param usable a pod can be sent requests */
  report(nowMs: number, member: MemberView, report: Report, entry: WorkloadReport | undefined, usable: boolean): void {
    this.scaler.record(nowMs, demandSample(member.url, report, entry));
    if (entry === undefined) return;
    const alarm = this.decision?.alarm ?? null;
    const demand = entry.inFlight + entry.held;
    if (entry.wake !== undefined || (entry.held > 0 && !usable)) this.due('wake');
    else if (alarm !== null && demand >= alarm) this.alsoDue('alarm');
    else if (!report.beat && (this.decision?.desired ?? 0) === 0 && demand > 0) this.due('wake');
  }

  /** When to decide again though nothing happened. @param beginAtMs when what was called off may begin again */
  decideAtMs(beginAtMs: number): number {
    const tickMs = this.decidedAtMs + TICK_MS;
    const againMs = beginAtMs > this.decidedAtMs ? beginAtMs : tickMs;
    return Math.min(tickMs, againMs, this.decision?.decideAtMs ?? tickMs);
  }

  isDue(nowMs: number, beginAtMs: number): boolean {
    return this.#due !== null || nowMs >= this.decideAtMs(beginAtMs);
  }

  decide(nowMs: number, observed: ObservedWorkload, facts: Facts): Decision {
    const cause = this.#due ?? 'tick';
    this.#due = null;
    this.decidedAtMs = nowMs;
    this.decision = this.scaler.decide(
      nowMs,
      {
        ...facts,
        readyPods: readyPods(observed),
        everReady: observed.everReady,
        unknownMembers: this.#host.unknownMembers('fewer'),
        unknownForZero: this.#host.unknownMembers('zero'),
        wallMs: this.#host.clock.wallMs(),
      },
      cause,
    );
    return this.decision;
  }

  #resolve(observed: ObservedWorkload): ScaleSettings {
    return resolveScaleSettings(observed.settings, this.#config, this.#host.maxWakeStep);
  }
}
