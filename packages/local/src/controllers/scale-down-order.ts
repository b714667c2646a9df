/** Which pods a ReplicaSet gives up first: the order of upstream's ActivePodsWithRanks, on one node. */
import type { Pod } from '../objects.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_RANK = new Map([
  ['Pending', 0],
  ['Unknown', 1],
  ['Running', 2],
]);

/** Upstream accepts `-?[0-9]+` in 32 bits; anything else counts as 0. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? '';
  const cost = /^(?:0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
  return Math.abs(cost) <= 2 ** 31 - 1 || cost === -(2 ** 31) ? cost : 0;
}

function readyCondition(pod: Pod) {
  return pod.status?.conditions?.find((condition) => condition.type === 'Ready' && condition.status === 'True');
}

export function isReady(pod: Pod): boolean {
  return readyCondition(pod) !== undefined;
}

/** Unix ms; 0 where it is not known. */
function readyAtMs(pod: Pod): number {
  return Date.parse(readyCondition(pod)?.lastTransitionTime ?? '') || 0;
}

function maxRestarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
}

/**
 * Ages are compared by the power of two of their nanoseconds (LogarithmicScaleDown): among pods of about the same age
 * the choice is by UID, so that it does not always fall on the newest.
 */
function compareAges(aMs: number, bMs: number, a: Pod, b: Pod, nowMs: number): number {
  if (aMs === 0 || bMs === 0) return aMs === bMs ? 0 : aMs === 0 ? -1 : 1;
  const rank = (atMs: number) => (nowMs > atMs ? Math.trunc(Math.log2((nowMs - atMs) * 1e6)) : -1);
  const difference = rank(aMs) - rank(bMs);
  if (difference !== 0) return difference;
  return a.metadata.uid < b.metadata.uid ? -1 : 1;
}

/** Negative when `a` is to go before `b`. */
export function compareForDeletion(a: Pod, b: Pod, nowMs: number): number {
  const assigned = Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName));
  if (assigned !== 0) return assigned;
  const phase = (pod: Pod) => PHASE_RANK.get(pod.status?.phase ?? '') ?? 0;
  if (phase(a) !== phase(b)) return phase(a) - phase(b);
  const ready = Number(isReady(a)) - Number(isReady(b));
  if (ready !== 0) return ready;
  const cost = deletionCost(a) - deletionCost(b);
  if (cost !== 0) return cost;
  if (isReady(a) && isReady(b) && readyAtMs(a) !== readyAtMs(b)) {
    return compareAges(readyAtMs(a), readyAtMs(b), a, b, nowMs);
  }
  const restarts = maxRestarts(b) - maxRestarts(a);
  if (restarts !== 0) return restarts;
  const createdMs = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp) || 0;
  if (createdMs(a) !== createdMs(b)) return compareAges(createdMs(a), createdMs(b), a, b, nowMs);
  return 0;
}
