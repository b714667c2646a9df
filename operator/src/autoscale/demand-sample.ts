/** One workload's share of one proxy's report, as the autoscaler takes it. */
import type { Report, WorkloadReport } from '@rouse/contract';

export interface DemandSample {
  /** The proxy: a stable name (Pod UID, or URL); its process may restart under a new `instance`. */
  readonly member: string;
  readonly instance: string;
  readonly periodMs: number;
  /** True for the 1 s beat, false for one sent early because of news. */
  readonly beat: boolean;
  /** Time-weighted average of in flight plus held over the period. */
  readonly concurrency: number;
  readonly inFlight: number;
  readonly held: number;
  /** Monotonic since the instance started; null where the report has no entry, which means no demand and no news. */
  readonly arrivals: number | null;
  /** ms since the last request ended there; 0 while there is demand, null when none ever did or the entry is absent. */
  readonly idleMs: number | null;
}

/**
 * A sample from a report. `entry` undefined is zero demand: call it so only when the instance has applied the current
 * generation, else it says nothing and must not be recorded.
 */
export function demandSample(member: string, report: Report, entry: WorkloadReport | undefined): DemandSample {
  return {
    member,
    instance: report.instance,
    periodMs: report.periodMs,
    beat: report.beat,
    concurrency: entry?.concurrency ?? 0,
    inFlight: entry?.inFlight ?? 0,
    held: entry?.held ?? 0,
    arrivals: entry?.arrivals ?? null,
    idleMs: entry?.idleMs ?? null,
  };
}
