/** A workload as this proxy sees it, with live counters, for `GET /v1/workloads`. */
import type { BlockedReason, PodPhase, WorkloadState } from '@rouse/contract';
import type { Workload } from './workload.ts';

export interface PodView {
  readonly uid: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly phase: PodPhase;
  readonly usable: boolean;
  readonly revoked: boolean;
  /** A connect failed, and none succeeded since. */
  readonly suspect: boolean;
  readonly inFlight: number;
  readonly connections: number;
}

export interface WorkloadView {
  readonly key: string;
  readonly generation: number;
  readonly state: WorkloadState;
  readonly blocked: BlockedReason | null;
  readonly unreachable: boolean;
  readonly routes: readonly string[];
  readonly inFlight: number;
  readonly held: number;
  readonly arrivals: number;
  readonly completions: number;
  readonly pods: readonly PodView[];
}

export function workloadView(workload: Workload): WorkloadView {
  const { key, generation, state, blocked, unreachable, routes, inFlight, arrivals, completions } = workload;
  const pods = [...workload.pods.values(), ...workload.leaving].map((pod) => ({
    uid: pod.uid,
    name: pod.name,
    address: pod.address,
    port: pod.port,
    phase: pod.phase,
    usable: pod.usable,
    revoked: pod.revoked,
    suspect: pod.suspectSinceMs !== 0,
    inFlight: pod.inFlight,
    connections: pod.connections.open,
  }));
  return {
    key,
    generation,
    state,
    blocked,
    unreachable,
    routes,
    inFlight,
    held: workload.held.count,
    arrivals,
    completions,
    pods,
  };
}
