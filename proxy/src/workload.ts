/** A workload as this proxy runs it: settings, pods, counters as plain numbers, held requests. */
import type { BlockedReason, QuietRule, WorkloadLimits, WorkloadState } from '@rouse/contract';
import { HoldQueue } from './hold-queue.ts';
import type { Pod } from './pod.ts';

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
  /** Integral of demand over time (requests × ms) up to `demandAtMs`. */
  demandMs = 0;
  demandAtMs = 0;

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

  /** Sorts pods into those that may be picked and those that may be picked last; after any change of a pod. */
  refresh(): void {
    this.open = [];
    this.armed = [];
    for (const pod of this.pods.values()) {
      if (!pod.usable) continue;
      if (pod.phase === 'armed') this.armed.push(pod);
      else this.open.push(pod);
    }
  }
}
