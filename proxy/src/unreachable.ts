/** Kubernetes calls every pod Ready, and none lets this proxy in: a NetworkPolicy or a mesh stands between, and waiting is useless. */
import type { Workload } from './workload.ts';

/** A pod that just restarts is back, or no longer Ready, before that. */
export const UNREACHABLE_AFTER_MS = 5000;

/** Ready pods count only when they once proved to listen: by the API's readiness probe, or by being reached before. */
export function everyReadyPodUnreachable(workload: Workload, nowMs: number): boolean {
  if (!workload.podless) return false;
  let ready = 0;
  for (const pod of workload.pods.values()) {
    if (pod.phase !== 'ready') continue;
    ready++;
    const proven = pod.reached || (pod.probe === null && pod.apiReady);
    if (!proven || pod.suspectSinceMs === 0 || nowMs - pod.suspectSinceMs < UNREACHABLE_AFTER_MS) return false;
  }
  return ready > 0;
}
