/** What a long silence of the leader means: closings expire, and later no new address is dialled. */
import type { Clock } from '@rouse/contract';
import { type Fencing, SILENCE_MS } from './fencing.ts';
import type { Fleet } from './fleet.ts';
import type { Prober } from './prober.ts';
import type { ProxyPath } from './request-path.ts';

const LOOK_MS = 1000;

export interface LeaderWatchOptions {
  readonly clock: Clock;
  readonly fencing: Fencing;
  readonly fleet: Fleet;
  readonly prober: Prober;
  readonly path: ProxyPath;
  readonly staleAfterMs: number;
}

export class LeaderWatch {
  readonly #options: LeaderWatchOptions;
  #cancelTimer: () => void;
  /** Some closing expired since the last sign of life. */
  #expired = false;

  constructor(options: LeaderWatchOptions) {
    this.#options = options;
    this.#cancelTimer = options.clock.after(LOOK_MS, () => this.#look());
  }

  /** A push was accepted: closings hold again, and addresses are current. */
  sign(): void {
    const { fleet, path, prober } = this.#options;
    path.setStale(false);
    if (!this.#expired) return;
    this.#expired = false;
    for (const workload of fleet.workloads.values()) {
      for (const pod of workload.pods.values()) {
        if (!pod.reopening) continue;
        pod.reopening = false;
        prober.watch(pod);
      }
    }
  }

  close(): void {
    this.#cancelTimer();
  }

  #look(): void {
    const { clock, fencing, path, staleAfterMs } = this.#options;
    this.#cancelTimer = clock.after(LOOK_MS, () => this.#look());
    if (fencing.lastSignMs === null) return;
    const silentMs = fencing.silentMs();
    path.setStale(silentMs >= staleAfterMs);
    if (silentMs >= SILENCE_MS) this.#expireClosings();
  }

  /** A dead leader must not keep pods shut: each is opened again once it proves, by a fresh probe, that it still runs. */
  #expireClosings(): void {
    const { fleet, prober } = this.#options;
    for (const workload of fleet.workloads.values()) {
      for (const pod of workload.pods.values()) {
        if (pod.phase !== 'closed' || pod.reopening) continue;
        pod.reopening = true;
        this.#expired = true;
        prober.watch(pod);
      }
    }
  }
}
