/** Which pod gets the next request: the one with the fewest in flight among those that have a free slot. */
import { UNLIMITED } from './fair-share.ts';
import type { Pod } from './pod.ts';
import type { Workload } from './workload.ts';

/** From so many pods on, two random ones are compared instead of all: as even, and as cheap with 8 as with 800. */
const TWO_CHOICES_FROM = 8;

/**
 * A pod that can be used now, or null. Armed pods are the last resort; using one is the caller's to record.
 * @param stale no sign of life from a leader for long: only addresses this proxy is connected to, as pod IPs are reused
 * @param not a pod to avoid, as a request has just failed there
 * @param share most requests on one pod for the time being, below `container-concurrency`
 */
export function pick(workload: Workload, stale: boolean, not: Pod | null = null, share = UNLIMITED): Pod | null {
  const slots = Math.min(slotsPerPod(workload), share);
  return fewest(workload.open, slots, stale, not) ?? fewest(workload.armed, slots, stale, not);
}

/** The same for a request that must not wake or revoke anything: no armed pod. */
export function pickQuiet(workload: Workload, stale: boolean, not: Pod | null = null): Pod | null {
  return fewest(workload.open, slotsPerPod(workload), stale, not);
}

function slotsPerPod(workload: Workload): number {
  const { containerConcurrency } = workload.limits;
  return containerConcurrency === 0 ? UNLIMITED : containerConcurrency;
}

function mayTake(pod: Pod, slots: number, stale: boolean, not: Pod | null): boolean {
  return pod.inFlight < slots && pod !== not && !(stale && pod.connections.open === 0);
}

function fewest(pods: readonly Pod[], slots: number, stale: boolean, not: Pod | null): Pod | null {
  const count = pods.length;
  if (count === 0) return null;
  const start = count === 1 ? 0 : Math.floor(Math.random() * count);
  if (count >= TWO_CHOICES_FROM) {
    const one = pods[start]!;
    const other = pods[(start + 1 + Math.floor(Math.random() * (count - 1))) % count]!;
    const oneMay = mayTake(one, slots, stale, not);
    if (oneMay && (one.inFlight <= other.inFlight || !mayTake(other, slots, stale, not))) return one;
    if (mayTake(other, slots, stale, not)) return other;
  }
  // From a random place on, so that idle pods take turns and none is always first.
  let best: Pod | null = null;
  for (let step = 0, at = start; step < count; step++, at = at + 1 === count ? 0 : at + 1) {
    const pod = pods[at]!;
    if (mayTake(pod, slots, stale, not) && (best === null || pod.inFlight < best.inFlight)) best = pod;
  }
  return best;
}
