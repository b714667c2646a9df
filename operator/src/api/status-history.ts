/** Each workload's replicas and demand over the last minutes, sampled from status events, for the page's charts. */
import type { Clock, WorkloadHistory, WorkloadKey, WorkloadStatus } from '@rouse/contract';
import type { StatusSource } from './status-source.ts';

export const HISTORY_STEP_MS = 1000;
export const HISTORY_STEPS = 300;

const FIGURES = ['desired', 'replicas', 'ready', 'demand'] as const;

interface Row {
  latest: WorkloadStatus;
  /** Ring of samples: figures of one moment side by side. */
  readonly samples: Float32Array;
  taken: number;
}

export class StatusHistory {
  readonly #clock: Clock;
  readonly #rows = new Map<WorkloadKey, Row>();
  readonly #unsubscribe: () => void;
  #cancelTick: () => void = () => {};

  /** Samples until `close`. */
  constructor(source: StatusSource, clock: Clock) {
    this.#clock = clock;
    for (const workload of source.workloads()) this.#see(workload);
    this.#unsubscribe = source.subscribe((event) => {
      if (event.type === 'workload') this.#see(event.workload);
      else if (event.type === 'removed') this.#rows.delete(`${event.namespace}/${event.name}`);
    });
    this.#tick();
  }

  close(): void {
    this.#unsubscribe();
    this.#cancelTick();
  }

  list(): readonly WorkloadHistory[] {
    return [...this.#rows.values()].map((row) => ({
      namespace: row.latest.namespace,
      name: row.latest.name,
      stepMs: HISTORY_STEP_MS,
      desired: figures(row, 0),
      replicas: figures(row, 1),
      ready: figures(row, 2),
      demand: figures(row, 3),
    }));
  }

  #see(workload: WorkloadStatus): void {
    const key = `${workload.namespace}/${workload.name}`;
    const row = this.#rows.get(key);
    if (row !== undefined) row.latest = workload;
    else this.#rows.set(key, { latest: workload, samples: new Float32Array(HISTORY_STEPS * FIGURES.length), taken: 0 });
  }

  #tick(): void {
    for (const row of this.#rows.values()) {
      const { desired, replicas, ready, inFlight, held } = row.latest;
      row.samples.set(
        [desired ?? replicas, replicas, ready, inFlight + held],
        (row.taken % HISTORY_STEPS) * FIGURES.length,
      );
      row.taken += 1;
    }
    this.#cancelTick = this.#clock.after(HISTORY_STEP_MS, () => this.#tick());
  }
}

/** Oldest first. */
function figures(row: Row, figure: number): number[] {
  const count = Math.min(row.taken, HISTORY_STEPS);
  return Array.from({ length: count }, (_, i) => {
    const step = (row.taken - count + i) % HISTORY_STEPS;
    return row.samples[step * FIGURES.length + figure]!;
  });
}
