/** Which pods can be sent requests now, as the API or a proxy's own probe says, and the state that follows. */
import type { WorkloadKey, WorkloadState } from '@rouse/contract';
import type { ObservedWorkload } from '../cluster/observed-workload.ts';
import type { MemberView } from '../members/member.ts';

/**
 * True when at least one pod can be sent requests by at least one proxy.
 * @param isLeaving it may be removed by a patch that was sent, and is closed until it is proven to stay
 */
export function hasUsablePod(
  observed: ObservedWorkload,
  members: readonly MemberView[],
  isLeaving: (uid: string) => boolean,
): boolean {
  const uids = new Set<string>();
  for (const pod of observed.pods) {
    if (pod.terminating || pod.address === null || pod.port === null || isLeaving(pod.uid)) continue;
    if (pod.phase === 'ready' && pod.probe === null) return true;
    uids.add(pod.uid);
  }
  return uids.size > 0 && members.some((member) => reportsUsable(member, observed.key, uids));
}

/** A report that leaves the workload out, or a pod of it, takes nothing back: it only has no news. */
function reportsUsable(member: MemberView, key: WorkloadKey, uids: ReadonlySet<string>): boolean {
  const seen = member.workload(key);
  return seen?.report.pods.some((pod) => pod.usable && uids.has(pod.uid)) ?? false;
}

/** asleep: nothing wanted; waking: wanted, and no pod usable; awake: at least one usable. */
export function workloadState(observed: ObservedWorkload, desired: number, usable: boolean): WorkloadState {
  const serves = observed.mode === 'left-alone' ? observed.readyReplicas > 0 : usable;
  if (serves) return 'awake';
  return desired > 0 || observed.replicas > 0 ? 'waking' : 'asleep';
}
