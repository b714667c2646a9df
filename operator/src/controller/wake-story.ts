/** The story of one cold start, put together from proxy reports, our own patch and the pods' status. */
import type { Transition, WorkloadReport } from '@rouse/contract';
import type { ObservedWorkload } from '../cluster/observed-workload.ts';

/** Times are ms of the operator's monotonic clock; the first request's arrival is computed back from the report that told it. */
export class WakeStory {
  #arrivedAtMs: number | null = null;
  #patchedAtMs: number | null = null;
  #startedAtMs: number | null = null;
  #from = 0;

  /** True between the first wake and its first byte: scale-ups meanwhile belong to this story. */
  get open(): boolean {
    return this.#arrivedAtMs !== null;
  }

  /** A report of a proxy: begins the story with its first wake; the earliest arrival counts. */
  reported(nowMs: number, report: WorkloadReport, replicas: number): void {
    if (report.wake === undefined) return;
    const arrivedAtMs = nowMs - report.wake.agoMs;
    if (this.#arrivedAtMs === null) this.#from = replicas;
    if (this.#arrivedAtMs === null || arrivedAtMs < this.#arrivedAtMs) this.#arrivedAtMs = arrivedAtMs;
  }

  /** The API accepted replicas above zero. */
  patched(nowMs: number): void {
    if (this.open) this.#patchedAtMs ??= nowMs;
  }

  observed(nowMs: number, observed: ObservedWorkload): void {
    if (this.open && observed.pods.some((pod) => !pod.terminating && pod.startedMs !== null))
      this.#startedAtMs ??= nowMs;
  }

  /** The report of the first response byte ends the story; null where it tells of none, or of one never seen to begin. */
  finished(wallMs: number, observed: ObservedWorkload, report: WorkloadReport, replicas: number): Transition | null {
    if (report.coldStart === undefined || this.#arrivedAtMs === null) return null;
    const since = (atMs: number | null) => (atMs === null ? null : Math.max(0, atMs - this.#arrivedAtMs!));
    const transition: Transition = {
      at: new Date(wallMs).toISOString(),
      namespace: observed.namespace,
      name: observed.name,
      from: this.#from,
      to: replicas,
      coldStart: {
        ...report.coldStart,
        patchedMs: since(this.#patchedAtMs),
        startedMs: since(this.#startedAtMs),
      },
      why: `woken by ${report.coldStart.by}`,
    };
    this.abandon();
    return transition;
  }

  /** The wake led to nothing: clients left, or the pods could not start. */
  abandon(): void {
    this.#arrivedAtMs = null;
    this.#patchedAtMs = null;
    this.#startedAtMs = null;
  }
}
