/** What one workload's requests add up to: plain numbers, written as metrics only when somebody asks for them. */
import { proxyMetrics } from '@rouse/contract';

const HOLD_BOUNDS_S = proxyMetrics.holdSeconds.buckets;

/** All monotonic. */
export class WorkloadCounters {
  /** Answers by class of status: index 1 for `1xx` to 5. */
  readonly answers: number[] = [0, 0, 0, 0, 0, 0];
  /** What the proxy answered itself, by code of the failure table. */
  readonly refusals = new Map<string, number>();
  /** Attempts beyond the first. */
  retries = 0;
  /** Responses that broke off halfway. */
  cut = 0;
  clientsGone = 0;
  quiet = 0;
  wakes = 0;
  revocations = 0;
  /** Waits that ended at a pod, by upper bound; the last is for all above. Not cumulative. */
  readonly holds: number[] = new Array<number>(HOLD_BOUNDS_S.length + 1).fill(0);
  holdSumS = 0;

  refused(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  held(ms: number): void {
    const seconds = ms / 1000;
    let bucket = 0;
    while (bucket < HOLD_BOUNDS_S.length && seconds > HOLD_BOUNDS_S[bucket]!) bucket++;
    this.holds[bucket]!++;
    this.holdSumS += seconds;
  }
}
