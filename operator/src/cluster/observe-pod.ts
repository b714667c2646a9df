/** One pod's record as the rest of the operator sees it. */
import type { ObservedPod } from './observed-workload.ts';
import type { PodMemory } from './pod-memory.ts';
import { decidingContainer, podUse, wasReadyInThisRun } from './pod-phase.ts';
import { type PodPort, resolvePort } from './pod-port.ts';
import { isTerminating, type PodRecord } from './pod-record.ts';
import type { ReplicaSetRecord } from './replica-set-record.ts';

/** @param wantedPort by annotation, else by the Service; null = the default container's first */
export function observePod(
  pod: PodRecord,
  replicaSet: ReplicaSetRecord,
  wantedPort: number | string | null,
  memory: PodMemory,
): ObservedPod {
  const target: PodPort | null = resolvePort(pod, wantedPort, replicaSet.templatePorts);
  const portContainer = target?.container ?? pod.defaultContainer;
  const deciding = decidingContainer(pod, portContainer);
  const readySeen =
    wasReadyInThisRun(pod, deciding) || (deciding !== undefined && memory.readySeen(pod, deciding.name));
  const use = podUse(pod, target?.port ?? null, readySeen);
  const serving = pod.containers.find((each) => each.name === portContainer && !each.init);
  return {
    uid: pod.uid,
    name: pod.name,
    address: pod.address,
    port: target?.port ?? null,
    phase: use.phase,
    probe: use.probe,
    terminating: isTerminating(pod),
    deleted: pod.deleted,
    scheduled: pod.nodeName !== null,
    podPhase: pod.phase,
    ready: pod.ready,
    readySinceMs: pod.ready ? pod.readyChangedMs : null,
    createdMs: pod.createdMs,
    startedMs: serving?.startedMs ?? null,
    restarts: pod.containers.reduce((most, each) => Math.max(most, each.restarts), 0),
    nodeName: pod.nodeName,
    replicaSetUid: pod.replicaSetUid,
    deletionCost: pod.deletionCost,
  };
}
