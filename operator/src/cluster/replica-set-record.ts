/** The little that is kept of a ReplicaSet. */
import type { RawReplicaSet } from './api-shapes.ts';
import { type CreationRefused, creationRefused } from './creation-refused.ts';
import { type DeclaredPort, declaredPorts } from './declared-ports.ts';

export interface ReplicaSetRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly deploymentUid: string;
  readonly replicas: number;
  readonly statusReplicas: number;
  readonly generation: number;
  readonly observedGeneration: number;
  /** Ports as the template has them: a pod's own may differ by number, never by place. */
  readonly templatePorts: readonly DeclaredPort[];
  readonly creationRefused: CreationRefused | null;
}

/** Null for a ReplicaSet that no Deployment controls. */
export function projectReplicaSet(raw: RawReplicaSet): ReplicaSetRecord | null {
  const { metadata, spec, status } = raw;
  const owner = metadata.ownerReferences?.find((each) => each.controller === true && each.kind === 'Deployment');
  if (owner === undefined) return null;
  return {
    uid: metadata.uid,
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    deploymentUid: owner.uid,
    replicas: spec?.replicas ?? 1,
    statusReplicas: status?.replicas ?? 0,
    generation: metadata.generation ?? 0,
    observedGeneration: status?.observedGeneration ?? 0,
    templatePorts: declaredPorts(spec?.template?.spec?.containers ?? []),
    creationRefused: creationRefused(status?.conditions ?? []),
  };
}
