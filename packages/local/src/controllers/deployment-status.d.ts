/** A Deployment's status: counts over its ReplicaSets, and the conditions Available, Progressing and ReplicaFailure. */
import { type Deployment, type ReplicaSet } from '../objects.ts';
/** True when all pods are of the new template and available, and none of an old one is left. */
export declare function isComplete(deployment: Deployment, status: NonNullable<Deployment['status']>): boolean;
/** @param fresh the ReplicaSet of the present template, once there is one */
export declare function deploymentStatus(
  deployment: Deployment,
  fresh: ReplicaSet | null,
  all: readonly ReplicaSet[],
  nowMs: number,
): NonNullable<Deployment['status']>;
