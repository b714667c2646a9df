/** What the API and the page need to know and may ask of the operator, whichever way it keeps its state. */
import type { ApiEvent, DecisionRecord, Transition, WorkloadKey, WorkloadStatus } from '@rouse/contract';

export type WakeResult =
  /** `desired` after it; awake already is a success too. */
  | { readonly ok: true; readonly desired: number; readonly message: string }
  /** `refused`: its settings forbid it (paused, another autoscaler). `unavailable`: not now, e.g. this operator does not lead. */
  | { readonly ok: false; readonly reason: 'refused' | 'unavailable'; readonly message: string };

export interface StatusSource {
  /** Every workload known, in a stable order. */
  workloads(): readonly WorkloadStatus[];
  workload(key: WorkloadKey): WorkloadStatus | undefined;
  /** Oldest first; undefined for an unknown workload. */
  decisions(key: WorkloadKey): readonly DecisionRecord[] | undefined;
  /** Recent transitions of all workloads, oldest first. */
  transitions(): readonly Transition[];
  wake(key: WorkloadKey): Promise<WakeResult>;
  /**
   * Calls `listener` with each change (never with a `snapshot`): a workload's status at once when its state, counts or
   * decision change, its figures at most once a second. The listener does not throw. Returns what ends it.
   */
  subscribe(listener: (event: ApiEvent) => void): () => void;
}
