/** The arithmetic of a rolling update: how far the new ReplicaSet may grow and the old ones must shrink (upstream's rules). */
import type { Deployment, ReplicaSet } from '../objects.ts';

/** maxSurge rounds up, maxUnavailable down; both 0 becomes one unavailable, or nothing would ever move. */
export function limits(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  const { replicas, strategy } = deployment.spec;
  if (strategy.type !== 'RollingUpdate') return { maxSurge: 0, maxUnavailable: 0 };
  const resolve = (value: number | string | undefined, round: (share: number) => number): number => {
    if (typeof value === 'number') return value;
    return round((Number.parseInt(value ?? '25%', 10) * replicas) / 100);
  };
  const maxSurge = resolve(strategy.rollingUpdate?.maxSurge, Math.ceil);
  const maxUnavailable = Math.min(resolve(strategy.rollingUpdate?.maxUnavailable, Math.floor), replicas);
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 && replicas > 0 ? 1 : maxUnavailable };
}

export const wantedOf = (sets: readonly ReplicaSet[]) => sets.reduce((sum, set) => sum + set.spec.replicas, 0);
export const availableOf = (sets: readonly ReplicaSet[]) =>
  sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0);

/** What the new ReplicaSet should want now. */
export function newReplicas(deployment: Deployment, fresh: ReplicaSet, all: readonly ReplicaSet[]): number {
  const wanted = deployment.spec.replicas;
  if (deployment.spec.strategy.type === 'Recreate') return wanted;
  if (fresh.spec.replicas >= wanted) return wanted;
  const room = wanted + limits(deployment).maxSurge - wantedOf(all);
  return room <= 0 ? fresh.spec.replicas : fresh.spec.replicas + Math.min(room, wanted - fresh.spec.replicas);
}

/** What each old ReplicaSet (oldest first) should want now, while at least `replicas - maxUnavailable` stay available. */
export function oldReplicas(
  deployment: Deployment,
  fresh: ReplicaSet,
  old: readonly ReplicaSet[],
): ReadonlyMap<ReplicaSet, number> {
  const all = [...old, fresh];
  const result = new Map(old.map((set) => [set, set.spec.replicas]));
  const minAvailable = deployment.spec.replicas - limits(deployment).maxUnavailable;
  const freshUnavailable = fresh.spec.replicas - (fresh.status?.availableReplicas ?? 0);
  let maxScaledDown = wantedOf(all) - minAvailable - freshUnavailable;
  if (maxScaledDown <= 0) return result;
  // Those that do not serve anyway go first.
  for (const set of old) {
    const unhealthy = Math.max(0, set.spec.replicas - (set.status?.availableReplicas ?? 0));
    const cut = Math.min(maxScaledDown, unhealthy);
    result.set(set, set.spec.replicas - cut);
    maxScaledDown -= cut;
  }
  let spare = availableOf(all) - minAvailable;
  for (const set of old) {
    const cut = Math.min(Math.max(0, spare), result.get(set) ?? 0);
    result.set(set, (result.get(set) ?? 0) - cut);
    spare -= cut;
  }
  return result;
}

/**
 * A change of `spec.replicas` in the middle of a rollout is shared out in proportion to size; the largest set takes
 * what rounding leaves.
 * @param active sets that want pods
 * @param before most pods allowed when they were last sized, by their own annotation
 */
export function proportional(
  deployment: Deployment,
  active: readonly ReplicaSet[],
  before: (set: ReplicaSet) => number,
): ReadonlyMap<ReplicaSet, number> {
  const wanted = deployment.spec.replicas;
  const allowed = wanted > 0 ? wanted + limits(deployment).maxSurge : 0;
  const toAdd = allowed - wantedOf(active);
  const age = (set: ReplicaSet) => Date.parse(set.metadata.creationTimestamp);
  const ordered = [...active].sort(
    (a, b) => b.spec.replicas - a.spec.replicas || (toAdd > 0 ? age(b) - age(a) : age(a) - age(b)),
  );
  const result = new Map<ReplicaSet, number>();
  let added = 0;
  for (const set of ordered) {
    const size = set.spec.replicas;
    const share = Math.round((size * allowed) / Math.max(1, before(set))) - size;
    const left = toAdd - added;
    const part = toAdd > 0 ? Math.max(0, Math.min(share, left)) : Math.min(0, Math.max(share, left));
    result.set(set, size + part);
    added += part;
  }
  const largest = ordered[0];
  if (largest) result.set(largest, Math.max(0, (result.get(largest) ?? 0) + toAdd - added));
  return result;
}
