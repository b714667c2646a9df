/** The arithmetic of a rolling update: how far the new ReplicaSet may grow and the old ones must shrink (upstream's rules). */
import type { Deployment, ReplicaSet } from '../objects.ts';
/** maxSurge rounds up, maxUnavailable down; both 0 becomes one unavailable, or nothing would ever move. */
export declare function limits(deployment: Deployment): {
  maxSurge: number;
  maxUnavailable: number;
};
export declare const wantedOf: (sets: readonly ReplicaSet[]) => number;
export declare const availableOf: (sets: readonly ReplicaSet[]) => number;
/** What the new ReplicaSet should want now. */
export declare function newReplicas(deployment: Deployment, fresh: ReplicaSet, all: readonly ReplicaSet[]): number;
/** What each old ReplicaSet (oldest first) should want now, while at least `replicas - maxUnavailable` stay available. */
export declare function oldReplicas(
  deployment: Deployment,
  fresh: ReplicaSet,
  old: readonly ReplicaSet[],
): ReadonlyMap<ReplicaSet, number>;
/**
 * A change of `spec.replicas` in the middle of a rollout is shared out in proportion to size; the largest set takes
 * what rounding leaves.
 * @param active sets that want pods
 * @param before most pods allowed when they were last sized, by their own annotation
 */
export declare function proportional(
  deployment: Deployment,
  active: readonly ReplicaSet[],
  before: (set: ReplicaSet) => number,
): ReadonlyMap<ReplicaSet, number>;
