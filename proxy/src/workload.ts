/** A workload as this proxy runs it: settings, pods, counters as plain numbers, held requests. */
import type { BlockedReason, ColdStart, QuietRule, WorkloadLimits, WorkloadState } from '@rouse/contract';
import type { ColdStartInProgress } from './cold-start.ts';
import { HoldQueue } from './hold-queue.ts';
import type { Pod } from './pod.ts';
import { WorkloadCounters } from './workload-counters.ts';

const NO_LIMITS: WorkloadLimits = {
  containerConcurrency: 0,
  wakeTimeoutMs: 300_000,
  responseTimeoutMs: 300_000,
  requestTimeoutMs: 0,
  idleTimeoutMs: 0,
  queueLimit: 10_000,
  drainTimeoutMs: 300_000,
};

export class Workload {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;

  // What was pushed.
  limits: WorkloadLimits = NO_LIMITS;
  quiet: readonly QuietRule[] = [];
  quietStatus = 503;
  waitingPage = false;
  alarm: number | null = null;
  state: WorkloadState = 'asleep';
  blocked: BlockedReason | null = null;
  routes: readonly string[] = [];
  epoch = -1;
  generation = -1;
  /** It has left the table. */
  removed = false;

  // Pods: all of the table, those removed that still have requests, and what may be picked now.
  readonly pods = new Map<string, Pod>();
  readonly leaving = new Set<Pod>();
  open: Pod[] = [];
  armed: Pod[] = [];
  /** Every pod that is Ready in the API has been unreachable for too long. */
  unreachable = false;

  // Demand, quiet requests excluded.
  readonly held = new HoldQueue();
  inFlight = 0;
  /** Monotonic. */
  arrivals = 0;
  completions = 0;
  lastEndedMs: number | null = null;
  readonly counters = new WorkloadCounters();
  /** Integral of demand over time (requests × ms) up to `demandAtMs`. */
  demandMs = 0;
  demandAtMs = 0;
  /** Held requests are being sent on: a nested call leaves it to the running one. */
  releasing = false;
  /** Until then each pod gets its share of a cold start's requests at most; 0 = not begun. */
  paceEndsMs = 0;

  // News for the operator, told by reports.
  /** Raised by each change of a pod; a pod remembers at which it changed last. */
  revision = 0;
  /** Demand stands above `alarm`, and that was told. */
  alarmed = false;
  /** The wake to tell with the next report. */
  wake: { readonly by: string; readonly atMs: number } | null = null;
  /** Since when requests have found no usable pod; 0 where they do, or where it sleeps. */
  wakingSinceMs = 0;
  /** The cold start going on, from the first held request that found no usable pod. */
  cold: ColdStartInProgress | null = null;
  /** The cold start to tell with the next report. */
  coldDone: ColdStart | null = null;

  constructor(key: string, nowMs: number) {
    const slash = key.indexOf('/');
    this.key = key;
    this.namespace = key.slice(0, slash);
    this.name = key.slice(slash + 1);
    this.demandAtMs = nowMs;
  }

  /** In flight plus held. */
  get demand(): number {
    return this.inFlight + this.held.count;
  }

  /** To be called before demand changes: adds what passed to the integral. */
  accrue(nowMs: number): void {
    if (nowMs > this.demandAtMs) {
      this.demandMs += this.demand * (nowMs - this.demandAtMs);
      this.demandAtMs = nowMs;
    }
  }

  /** No pod may be used at all, not even as a last resort. */
  get podless(): boolean {
    return this.open.length === 0 && this.armed.length === 0;
  }

  /** Sorts pods into those that may be picked and those that may be picked last; after any change of a pod. */
  refresh(): void {
    this.open = [];
    this.armed = [];
    for (const pod of this.pods.values()) {
      if (!pod.usable) continue;
      if (pod.phase === 'armed') this.armed.push(pod);
      else this.open.push(pod);
    }
    if (this.podless) return;
    this.unreachable = false;
    this.wakingSinceMs = 0;
  }

  /** Something about a pod changed that reports should tell. */
  touch(pod: Pod): void {
    pod.revision = ++this.revision;
  }
}
