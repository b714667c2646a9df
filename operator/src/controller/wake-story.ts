/** The story of one cold start, put together from proxy reports, our own patch and the pods' status. */
import type { Transition, WorkloadReport } from '@rouse/contract';
import type { ObservedWorkload } from '../cluster/observed-workload.ts';

/** The report of a first byte may be a beat behind the decision that sees no demand any more. */
const LAPSE_MS = 2_000;

/** Times are ms of the operator's monotonic clock; the first request's arrival is computed back from the report that told it. */
export class WakeStory {
  #arrivedAtMs: number | null = null;
  /** When its first report came. */
  #reportedAtMs = 0;
  #by = '';
  /** Since when the workload is up and nobody wants anything of it. */
  #unwantedSinceMs: number | null = null;
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
    if (this.#arrivedAtMs === null) {
      this.#from = replicas;
      this.#reportedAtMs = nowMs;
      this.#by = report.wake.by;
    }
    if (this.#arrivedAtMs === null || arrivedAtMs < this.#arrivedAtMs) this.#arrivedAtMs = arrivedAtMs;
  }

  /** The API accepted replicas above zero. @returns ms since the first report, for the first time alone */
  patched(nowMs: number): number | null {
    if (!this.open || this.#patchedAtMs !== null) return null;
    this.#patchedAtMs = nowMs;
    return nowMs - this.#reportedAtMs;
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
      at: at(wallMs),
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
    // Another proxy may have told the same wake already; a story without a step is none.
    return transition.from === transition.to ? null : transition;
  }

  /**
   * Call it at each decision: a client that left gets no first byte, and then the story ends when the pods are up.
   * @param unwanted a pod is usable, and no request is held or in flight
   */
  lapsed(
    nowMs: number,
    wallMs: number,
    observed: ObservedWorkload,
    replicas: number,
    unwanted: boolean,
  ): Transition | null {
    if (!this.open || !unwanted) {
      this.#unwantedSinceMs = null;
      return null;
    }
    this.#unwantedSinceMs ??= nowMs;
    if (nowMs - this.#unwantedSinceMs < LAPSE_MS) return null;
    const { namespace, name } = observed;
    const why = `woken by ${this.#by}, which did not wait`;
    const transition: Transition = {
      at: at(wallMs),
      namespace,
      name,
      from: this.#from,
      to: replicas,
      coldStart: null,
      why,
    };
    this.abandon();
    return transition.from === transition.to ? null : transition;
  }

  /** The wake led to nothing: clients left, or the pods could not start. */
  abandon(): void {
    this.#arrivedAtMs = null;
    this.#patchedAtMs = null;
    this.#startedAtMs = null;
    this.#unwantedSinceMs = null;
  }
}

function at(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
