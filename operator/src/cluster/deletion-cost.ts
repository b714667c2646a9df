/** The pod-deletion-cost annotation: read with its author, written for victims, removed again. */
import { type Kube, type KubeResult, MERGE_PATCH, type ObjectMeta, podPath } from '@rouse/kube';
import { FIELD_MANAGER, fieldOwners } from './field-owner.ts';

const ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';

/** Lowest cost the ReplicaSet controller reads (int32). */
export const LOWEST_DELETION_COST = -2_147_483_648;

export interface DeletionCost {
  readonly value: number;
  readonly ours: boolean;
}

/** Null without one; one that is no int32 counts as 0, as in the ReplicaSet controller. */
export function deletionCostOf(metadata: ObjectMeta): DeletionCost | null {
  const text = metadata.annotations?.[ANNOTATION];
  if (text === undefined) return null;
  const number = /^(?:0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
  const inRange = number >= LOWEST_DELETION_COST && number <= 2_147_483_647;
  const owners = fieldOwners(metadata.managedFields, ['metadata', 'annotations', ANNOTATION]);
  return { value: inRange ? number : 0, ours: owners.includes(FIELD_MANAGER) };
}

/**
 * Writes (`cost`) or removes (null) the annotation of exactly this pod: a pod of another uid under the name is refused
 * with 409. 404 = the pod is gone.
 * @param cost an int32; the lowest goes first
 */
export function writeDeletionCost(
  kube: Kube,
  pod: { readonly namespace: string; readonly name: string; readonly uid: string },
  cost: number | null,
): Promise<KubeResult<unknown>> {
  return kube.request({
    method: 'PATCH',
    path: podPath(pod.namespace, pod.name),
    query: { fieldManager: FIELD_MANAGER, timeout: '3s' },
    contentType: MERGE_PATCH,
    body: { metadata: { uid: pod.uid, annotations: { [ANNOTATION]: cost === null ? null : String(cost) } } },
    timeoutMs: 5_000,
  });
}
