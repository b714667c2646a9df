/** Publishes a workload's entry when anything it is made of has changed; comparing that is cheaper than comparing entries. */
import type { PodPhase, WorkloadState } from '@rouse/contract';
import type { ObservedWorkload } from '../cluster/observed-workload.ts';
import type { WantedEntry } from '../members/wanted-table.ts';
import { isPushed, type ScaleDown } from './scale-down.ts';
import { workloadEntry } from './workload-entry.ts';

export interface PublishHost {
  /** True when the entry differs from the one published before, so that it goes out. */
  publish(entry: WantedEntry): boolean;
}

const NO_PHASES: ReadonlyMap<string, PodPhase> = new Map();

export class PublishedEntry {
  readonly #host: PublishHost;
  /** What the entry last published without any phase of a scale-down was made of. */
  #made: { readonly observed: ObservedWorkload; readonly state: WorkloadState; readonly alarm: number | null } | null =
    null;

  constructor(host: PublishHost) {
    this.#host = host;
  }

  /** @returns true when it went out */
  publish(
    observed: ObservedWorkload,
    state: WorkloadState,
    scaleDown: Pick<ScaleDown, 'open' | 'phaseOf'>,
    alarm: number | null,
  ): boolean {
    if (!scaleDown.open) {
      this.#made = null;
      return this.#host.publish(workloadEntry(observed, state, phasesOf(observed, scaleDown), alarm));
    }
    const made = this.#made;
    if (made !== null && made.observed === observed && made.state === state && made.alarm === alarm) return false;
    this.#made = { observed, state, alarm };
    return this.#host.publish(workloadEntry(observed, state, NO_PHASES, alarm));
  }
}

function phasesOf(observed: ObservedWorkload, scaleDown: Pick<ScaleDown, 'phaseOf'>): ReadonlyMap<string, PodPhase> {
  const phases = new Map<string, PodPhase>();
  for (const pod of observed.pods) {
    const phase = scaleDown.phaseOf(pod.uid);
    if (phase !== null && isPushed(pod)) phases.set(pod.uid, phase);
  }
  return phases;
}
