/** The entry every proxy shall have of a workload: what the cluster shows, with the phases of a scale-down over it. */
import type { PodEntry, PodPhase, WorkloadState } from '@rouse/contract';
import type { ObservedPod, ObservedWorkload } from '../cluster/observed-workload.ts';
import type { WantedEntry } from '../members/wanted-table.ts';

/**
 * @param phases orders of a scale-down by pod uid, over what the API shows
 * @param alarm demand in one proxy at which it reports at once; null = never
 */
export function workloadEntry(
  observed: ObservedWorkload,
  state: WorkloadState,
  phases: ReadonlyMap<string, PodPhase>,
  alarm: number | null,
): WantedEntry {
  const { settings } = observed;
  return {
    key: observed.key,
    routes: observed.routes,
    limits: settings.limits,
    quiet: settings.quiet,
    quietStatus: settings.quietStatus,
    waitingPage: settings.waitingPage,
    alarm,
    state,
    blocked: observed.blocked,
    pods: observed.pods.flatMap((pod) => podEntry(pod, phases)),
  };
}

/** None for a pod that takes no new request, or that nothing can be sent to yet. */
function podEntry(pod: ObservedPod, phases: ReadonlyMap<string, PodPhase>): PodEntry[] {
  if (pod.terminating || pod.address === null || pod.port === null) return [];
  const phase = phases.get(pod.uid) ?? pod.phase;
  return [{ uid: pod.uid, name: pod.name, address: pod.address, port: pod.port, phase, probe: pod.probe }];
}
