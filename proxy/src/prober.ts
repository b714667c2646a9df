/** Finds out which pods answer: often while somebody waits for one, now and then otherwise. */
import type { Clock, Probe } from '@rouse/contract';
import type { Pod } from './pod.ts';
import type { ProbeTarget } from './probe-attempt.ts';
import type { Workload } from './workload.ts';

/** Between two attempts while a request is held for the workload, and otherwise. */
const HURRIED_MS = 50;
const CALM_MS = 1000;

/** Longest answer to a connect where the pod has no probe of its own. */
const CONNECT_PROBE_TIMEOUT_MS = 1000;

export interface ProberOptions {
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly attempt: (target: ProbeTarget, connected: () => void, done: (ok: boolean) => void) => () => void;
  /** False forbids to dial it now. */
  readonly mayDial: (pod: Pod) => boolean;
  readonly answered: (pod: Pod) => void;
  readonly silent: (pod: Pod) => void;
}

/** The attempts at one pod. */
interface Watched {
  lastMs: number;
  /** One has connected and waits for its answer: the port is open, and more connects would only load the app. */
  awaiting: number;
  readonly running: Set<() => void>;
}

export class Prober {
  readonly #options: ProberOptions;
  readonly #watched = new Map<Pod, Watched>();
  #cancelTimer: (() => void) | null = null;
  #timerMs = 0;
  /** Attempts that ended, monotonic. */
  succeeded = 0;
  failed = 0;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /** Starts or stops looking at a pod, as it now wants; at any change of it. */
  watch(pod: Pod): void {
    const watched = this.#watched.get(pod);
    if (!pod.wantsProbe) {
      if (watched !== undefined) this.#forget(pod, watched);
    } else if (watched === undefined) {
      const fresh: Watched = { lastMs: Number.NEGATIVE_INFINITY, awaiting: 0, running: new Set() };
      this.#watched.set(pod, fresh);
      this.#try(pod, fresh);
      this.#schedule(pod.workload.held.count > 0 ? HURRIED_MS : CALM_MS);
    }
  }

  /** A request waits for this workload now. */
  hurry(workload: Workload): void {
    for (const pod of workload.pods.values()) {
      const watched = this.#watched.get(pod);
      if (watched === undefined) continue;
      this.#tryIfDue(pod, watched, HURRIED_MS);
      this.#schedule(HURRIED_MS);
    }
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    for (const [pod, watched] of this.#watched) this.#forget(pod, watched);
  }

  #forget(pod: Pod, watched: Watched): void {
    this.#watched.delete(pod);
    for (const cancel of watched.running) cancel();
  }

  #schedule(delayMs: number): void {
    const dueMs = this.#options.clock.nowMs() + delayMs;
    if (this.#cancelTimer !== null && this.#timerMs <= dueMs) return;
    this.#cancelTimer?.();
    this.#timerMs = dueMs;
    this.#cancelTimer = this.#options.clock.after(delayMs, () => this.#tick());
  }

  #tick(): void {
    this.#cancelTimer = null;
    let delayMs = CALM_MS;
    for (const [pod, watched] of [...this.#watched]) {
      const intervalMs = pod.workload.held.count > 0 ? HURRIED_MS : CALM_MS;
      delayMs = Math.min(delayMs, intervalMs);
      this.#tryIfDue(pod, watched, intervalMs);
    }
    if (this.#watched.size > 0) this.#schedule(delayMs);
  }

  #tryIfDue(pod: Pod, watched: Watched, intervalMs: number): void {
    // Timers may fire a fraction of a millisecond early by another clock.
    if (this.#options.clock.nowMs() - watched.lastMs >= intervalMs - 2) this.#try(pod, watched);
  }

  #try(pod: Pod, watched: Watched): void {
    if (watched.awaiting > 0 || !this.#options.mayDial(pod)) return;
    watched.lastMs = this.#options.clock.nowMs();
    const probe = pod.probe ?? connectProbe(pod);
    const { connectTimeoutMs } = this.#options;
    let awaits = false;
    const cancel = this.#options.attempt(
      { address: pod.address, probe, connectTimeoutMs },
      () => {
        awaits = true;
        watched.awaiting++;
      },
      (ok) => {
        watched.running.delete(cancel);
        if (awaits) watched.awaiting--;
        this.#ended(pod, ok);
      },
    );
    watched.running.add(cancel);
  }

  #ended(pod: Pod, ok: boolean): void {
    if (ok) {
      this.succeeded++;
      this.#options.answered(pod);
      this.watch(pod);
    } else {
      this.failed++;
      this.#options.silent(pod);
    }
  }
}

function connectProbe(pod: Pod): Probe {
  return { kind: 'tcp', port: pod.port, timeoutMs: CONNECT_PROBE_TIMEOUT_MS };
}
