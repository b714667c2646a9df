/** Chooses which pods to take away: those the ReplicaSet controller will take, and of the Ready ones the least busy. */

/** An active pod (not finished, not being deleted) as the choice needs it. Times are Unix ms. */
export interface VictimCandidate {
  readonly uid: string;
  readonly name: string;
  /** Bound to a node. */
  readonly scheduled: boolean;
  readonly podPhase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** The API's Ready condition. */
  readonly ready: boolean;
  readonly readySinceMs: number | null;
  readonly createdMs: number;
  /** Most restarts of any of its containers. */
  readonly restarts: number;
  readonly nodeName: string | null;
  /** 0 where it has none. */
  readonly deletionCost: number;
  /** Requests in flight on it, over all proxies. */
  readonly inFlight: number;
}

export interface VictimChoice {
  readonly victims: readonly VictimCandidate[];
  /** Why a shrink to N > 0 must wait; null when it may go ahead. */
  readonly refused: string | null;
  /** The pod-deletion-cost to write on victims: below every sibling's. */
  readonly cost: number;
}

/** Negative: `a` goes first. */
type Order = (a: VictimCandidate, b: VictimCandidate) => number;

/** Smallest value of pod-deletion-cost (an int32). */
const LEAST_COST = -(2 ** 31);

function phaseOrder({ podPhase }: VictimCandidate): number {
  if (podPhase === 'Pending') return 0;
  return podPhase === 'Unknown' ? 1 : 2;
}

function byUid(a: VictimCandidate, b: VictimCandidate): number {
  return a.uid < b.uid ? -1 : Number(a.uid > b.uid);
}

/** Base-2 logarithm of the age in ns, -1 for none: pods of like age are alike to the controller (LogarithmicScaleDown). */
function ageRank(timeMs: number, nowMs: number): number {
  const ageNs = (nowMs - timeMs) * 1e6;
  return ageNs > 0 ? Math.trunc(Math.log2(ageNs)) : -1;
}

/** Newer first; equal times leave it to the next rule, different times of one rank are settled by UID at once. */
function newerFirst(timeOf: (pod: VictimCandidate) => number | null, nowMs: number): Order {
  return (a, b) => {
    const timeA = timeOf(a);
    const timeB = timeOf(b);
    if (timeA === timeB) return 0;
    if (timeA === null || timeB === null) return timeA === null ? -1 : 1;
    return ageRank(timeA, nowMs) - ageRank(timeB, nowMs) || byUid(a, b);
  };
}

/** What the controller puts before pod-deletion-cost, which therefore cannot be overruled by writing one. */
const beforeCost: readonly Order[] = [
  (a, b) => Number(a.scheduled) - Number(b.scheduled),
  (a, b) => phaseOrder(a) - phaseOrder(b),
  (a, b) => Number(a.ready) - Number(b.ready),
];

/** The whole of kubernetes' `ActivePodsWithRanks.Less` (pkg/controller/controller_utils.go). */
function controllerOrder(pods: readonly VictimCandidate[], nowMs: number): readonly Order[] {
  const onNode = new Map<string | null, number>();
  for (const pod of pods) onNode.set(pod.nodeName, (onNode.get(pod.nodeName) ?? 0) + 1);
  return [
    ...beforeCost,
    (a, b) => a.deletionCost - b.deletionCost,
    (a, b) => (onNode.get(b.nodeName) ?? 0) - (onNode.get(a.nodeName) ?? 0),
    newerFirst((pod) => pod.readySinceMs, nowMs),
    (a, b) => b.restarts - a.restarts,
    newerFirst((pod) => pod.createdMs, nowMs),
    byUid,
  ];
}

function sortBy(pods: readonly VictimCandidate[], orders: readonly Order[]): readonly VictimCandidate[] {
  return [...pods].sort((a, b) => orders.reduce((decided, order) => decided || order(a, b), 0));
}

/**
 * @param pods all active pods of the one live ReplicaSet
 * @param count how many are to go, 0 or more
 * @param costsAllowed pod-deletion-cost may be written: then the least busy of the Ready pods go, else whichever the
 *   controller would take by itself
 * @param nowMs Unix ms
 */
export function chooseVictims(
  pods: readonly VictimCandidate[],
  count: number,
  costsAllowed: boolean,
  nowMs: number,
): VictimChoice {
  const controller = controllerOrder(pods, nowMs);
  const leastBusy: Order = (a, b) => (a.ready && b.ready ? a.inFlight - b.inFlight : 0);
  const sorted = sortBy(pods, costsAllowed ? [...beforeCost, leastBusy, ...controller] : controller);
  const victims = sorted.slice(0, count);
  const kept = sorted.slice(count);
  const lowest = Math.min(0, ...kept.map((pod) => pod.deletionCost));
  return { victims, refused: refusal(kept), cost: Math.max(LEAST_COST, lowest - 1) };
}

/** A pod that lost its readiness goes before any other as soon as the controller looks: it must not have requests then. */
function refusal(kept: readonly VictimCandidate[]): string | null {
  const busy = kept.find((pod) => !pod.ready && pod.inFlight > 0);
  return busy === undefined ? null : `${busy.name} is not Ready and has ${busy.inFlight} requests`;
}
