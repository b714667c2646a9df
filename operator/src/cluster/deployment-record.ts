/** The little that is kept of every Deployment of the cluster. */
import { INFERENCE_SERVICE_LABEL, KNATIVE_PREFIX, KSERVE_GROUP, ROUSE_PREFIX } from '@rouse/contract';
import type { ObjectMeta } from '@rouse/kube';
import type { RawDeployment, RawPodTemplate } from './api-shapes.ts';
import { unixMs } from './api-shapes.ts';
import { type CreationRefused, creationRefused } from './creation-refused.ts';
import { fieldOwners } from './field-owner.ts';

export interface OwnerName {
  readonly name: string;
  readonly uid: string;
}

export interface DeploymentRecord {
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Unix ms. */
  readonly createdMs: number;
  /** Ours and Knative's only. */
  readonly annotations: ReadonlyMap<string, string>;
  /** Knative's keys found on the pod template. */
  readonly templateKnativeKeys: readonly string[];
  readonly templateLabels: ReadonlyMap<string, string>;
  /** Name of the owning Knative Revision. */
  readonly knativeRevision: string | null;
  /** KServe's InferenceService that owns it. */
  readonly inferenceOwner: OwnerName | null;
  /** The one it belongs to, by that or by label, and as what. */
  readonly inferenceService: string | null;
  readonly component: string | null;
  readonly replicas: number;
  /** Field managers that own `spec.replicas`. */
  readonly replicasOwners: readonly string[];
  readonly readyReplicas: number;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly resourceVersion: string;
  /** A rollout of it was once complete. */
  readonly wasAvailable: boolean;
  readonly creationRefused: CreationRefused | null;
}

export function deploymentKey(record: DeploymentRecord): string {
  return record.key;
}

export function projectDeployment(raw: RawDeployment): DeploymentRecord {
  const { metadata, spec, status } = raw;
  const namespace = metadata.namespace ?? 'default';
  const label = (name: string) => metadata.labels?.[name] ?? spec?.template?.metadata?.labels?.[name] ?? null;
  const conditions = status?.conditions ?? [];
  const inferenceOwner = ownerOf(metadata, KSERVE_GROUP, 'InferenceService');
  return {
    key: `${namespace}/${metadata.name}`,
    uid: metadata.uid,
    namespace,
    name: metadata.name,
    createdMs: unixMs(metadata.creationTimestamp) ?? 0,
    annotations: new Map(Object.entries(metadata.annotations ?? {}).filter(([key]) => isRead(key))),
    templateKnativeKeys: knativeKeys(spec?.template),
    templateLabels: new Map(Object.entries(spec?.template?.metadata?.labels ?? {})),
    knativeRevision: ownerOf(metadata, 'serving.knative.dev', 'Revision')?.name ?? null,
    inferenceOwner,
    inferenceService: label(INFERENCE_SERVICE_LABEL) ?? inferenceOwner?.name ?? null,
    component: label('component'),
    // The API writes the default of 1 out; an absent number is one that was never defaulted.
    replicas: spec?.replicas ?? 1,
    replicasOwners: fieldOwners(metadata.managedFields, ['spec', 'replicas']),
    readyReplicas: status?.readyReplicas ?? 0,
    generation: metadata.generation ?? 0,
    observedGeneration: status?.observedGeneration ?? 0,
    resourceVersion: metadata.resourceVersion,
    wasAvailable: conditions.some((each) => each.type === 'Progressing' && each.reason === 'NewReplicaSetAvailable'),
    creationRefused: creationRefused(conditions),
  };
}

/** Of any version of the group. */
export function ownerOf({ ownerReferences }: ObjectMeta, group: string, kind: string): OwnerName | null {
  const owner = ownerReferences?.find((each) => each.kind === kind && each.apiVersion.startsWith(`${group}/`));
  return owner === undefined ? null : { name: owner.name, uid: owner.uid };
}

function isRead(key: string): boolean {
  return key.startsWith(ROUSE_PREFIX) || key.startsWith(KNATIVE_PREFIX);
}

function knativeKeys(template: RawPodTemplate | undefined): string[] {
  return Object.keys(template?.metadata?.annotations ?? {}).filter((key) => key.startsWith(KNATIVE_PREFIX));
}
