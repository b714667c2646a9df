/** A Deployment's status: counts over its ReplicaSets, and the conditions Available, Progressing and ReplicaFailure. */
import { type Condition, type Deployment, kubeTime, type ReplicaSet } from '../objects.ts';
import { availableOf, limits } from './rollout.ts';

const sum = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number | undefined) =>
  sets.reduce((total, set) => total + (count(set) ?? 0), 0);

/** The list with that condition: its times move only as upstream moves them. */
function withCondition(conditions: readonly Condition[], next: Condition, now: string): Condition[] {
  const before = conditions.find(({ type }) => type === next.type);
  if (before?.status === next.status && before.reason === next.reason && before.message === next.message) {
    return [...conditions];
  }
  const lastTransitionTime = before?.status === next.status ? (before.lastTransitionTime ?? now) : now;
  const entry = { ...next, lastUpdateTime: now, lastTransitionTime };
  return before ? conditions.map((other) => (other === before ? entry : other)) : [...conditions, entry];
}

/** True when all pods are of the new template and available, and none of an old one is left. */
export function isComplete(deployment: Deployment, status: NonNullable<Deployment['status']>): boolean {
  const wanted = deployment.spec.replicas;
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted
  );
}

function progressing(
  deployment: Deployment,
  status: NonNullable<Deployment['status']>,
  fresh: ReplicaSet | null,
  nowMs: number,
): Condition | null {
  const before = deployment.status?.conditions?.find(({ type }) => type === 'Progressing');
  const name = fresh?.metadata.name ?? '';
  if (deployment.spec.paused) {
    const message = 'Deployment is paused';
    return { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message };
  }
  if (!fresh) return before ?? null;
  if (isComplete(deployment, status)) {
    const message = `ReplicaSet "${name}" has successfully progressed.`;
    return { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message };
  }
  const was = deployment.status ?? {};
  const moved =
    (status.updatedReplicas ?? 0) > (was.updatedReplicas ?? 0) ||
    (status.readyReplicas ?? 0) > (was.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (was.availableReplicas ?? 0) ||
    (status.replicas ?? 0) - (status.updatedReplicas ?? 0) < (was.replicas ?? 0) - (was.updatedReplicas ?? 0);
  const message = `ReplicaSet "${name}" is progressing.`;
  const updated: Condition = { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message };
  if (!before || moved) return updated;
  if (before.reason === 'NewReplicaSetAvailable') {
    // A finished rollout stays finished while the same ReplicaSet is only scaled or loses a pod.
    return before.message?.includes(`"${name}"`) ? before : updated;
  }
  const since = Date.parse(before.lastUpdateTime ?? '') || nowMs;
  if (before.reason === 'ProgressDeadlineExceeded' || nowMs - since < deployment.spec.progressDeadlineSeconds * 1000) {
    return before.message?.includes(`"${name}"`) ? before : updated;
  }
  const told = `ReplicaSet "${name}" has timed out progressing.`;
  return { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: told };
}

/** @param fresh the ReplicaSet of the present template, once there is one */
export function deploymentStatus(
  deployment: Deployment,
  fresh: ReplicaSet | null,
  all: readonly ReplicaSet[],
  nowMs: number,
): NonNullable<Deployment['status']> {
  const now = kubeTime(nowMs);
  const replicas = sum(all, (set) => set.status?.replicas);
  const ready = sum(all, (set) => set.status?.readyReplicas);
  const available = availableOf(all);
  const unavailable = Math.max(0, wanted(all) - available);
  const updated = fresh?.status?.replicas ?? 0;
  const status: NonNullable<Deployment['status']> = {
    ...(deployment.metadata.generation === undefined ? {} : { observedGeneration: deployment.metadata.generation }),
    ...(replicas > 0 ? { replicas } : {}),
    ...(updated > 0 ? { updatedReplicas: updated } : {}),
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(available > 0 ? { availableReplicas: available } : {}),
    ...(unavailable > 0 ? { unavailableReplicas: unavailable } : {}),
    ...(deployment.status?.collisionCount ? { collisionCount: deployment.status.collisionCount } : {}),
  };
  let conditions = deployment.status?.conditions ?? [];
  const enough = available >= deployment.spec.replicas - limits(deployment).maxUnavailable;
  conditions = withCondition(
    conditions,
    enough
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
    now,
  );
  const progress = progressing(deployment, status, fresh, nowMs);
  if (progress) conditions = withCondition(conditions, progress, now);
  const failure = all.flatMap((set) => set.status?.conditions ?? []).find(({ type }) => type === 'ReplicaFailure');
  conditions = failure
    ? withCondition(conditions, failure, now)
    : conditions.filter(({ type }) => type !== 'ReplicaFailure');
  return { ...status, conditions };
}

function wanted(sets: readonly ReplicaSet[]): number {
  return sum(sets, (set) => set.spec.replicas);
}
