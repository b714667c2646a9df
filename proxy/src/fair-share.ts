/** How much of a burst the first pod gets while others of the same start are still coming up. */
import type { Workload } from './workload.ts';

/** Longest that others are waited for: a pod that never comes must not keep requests from one that is there. */
export const PACE_MS = 500;

/** No bound. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;

/**
 * Most requests one pod should get now, `container-concurrency` aside: its even share of the demand over all pods
 * that run or start, or no bound where none is still to come. Where the workload sets a limit per pod, that spreads.
 */
export function fairShare(workload: Workload): number {
  if (workload.limits.containerConcurrency > 0) return UNLIMITED;
  let expected = 0;
  for (const pod of workload.pods.values()) {
    if (pod.suspectSinceMs === 0 && (pod.phase === 'starting' || pod.phase === 'ready')) expected++;
  }
  if (expected <= workload.open.length) return UNLIMITED;
  return Math.ceil(workload.demand / expected);
}
