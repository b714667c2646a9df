/** Who a candidate for the Lease is, and which holders it knows to be dead. */
import { randomUUID } from 'node:crypto';

export interface LeaseIdentity {
  /** Of this process start alone. */
  readonly identity: string;
  /** The holder was an earlier process of the very same Pod, so it has ended: nobody need wait for its Lease to run out. */
  isPredecessor(holder: string): boolean;
}

/**
 * A Pod's container is started again only after its last run has ended, on the one node the Pod's UID is bound to
 * (docs/decisions/0010-restarted-container-takes-over.md).
 * @param podName for people, who read it in the Lease
 * @param podUid undefined where it is not told: then no holder is known to be dead
 */
export function leaseIdentity(podName: string, podUid: string | undefined): LeaseIdentity {
  const pod = podUid ? `${podName}_${podUid}_` : `${podName}_`;
  const identity = `${pod}${randomUUID()}`;
  return {
    identity,
    isPredecessor: (holder) => Boolean(podUid) && holder !== identity && holder.startsWith(pod),
  };
}
