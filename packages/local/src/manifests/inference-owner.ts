/** Ties the Deployments of the files to the InferenceService beside them, as KServe's controller does on a cluster. */
import { INFERENCE_SERVICE_LABEL, KSERVE_GROUP } from '@rouse/contract';
import { ApiError } from '../api-error.ts';
import { dig, type JsonObject } from '../json.ts';
import { apiVersionOf, DEPLOYMENTS, INFERENCE_SERVICES } from '../kinds.ts';
import type { Writer } from '../managed-fields.ts';
import type { OwnerReference } from '../objects.ts';
import type { Registry } from '../registry.ts';
import type { ManifestObject } from './parse-manifest.ts';

/** Name of the InferenceService that a Deployment of a file belongs to, by owner reference or KServe's label. */
export function inferenceServiceOf(deployment: JsonObject): string | null {
  const owners = dig(deployment, 'metadata', 'ownerReferences');
  const owner: unknown = (Array.isArray(owners) ? owners : []).find(
    (each) =>
      dig(each, 'kind') === 'InferenceService' && String(dig(each, 'apiVersion')).startsWith(`${KSERVE_GROUP}/`),
  );
  const name =
    dig(owner, 'name') ??
    dig(deployment, 'metadata', 'labels', INFERENCE_SERVICE_LABEL) ??
    dig(deployment, 'spec', 'template', 'metadata', 'labels', INFERENCE_SERVICE_LABEL);
  return typeof name === 'string' ? name : null;
}

/** A file cannot know the uid of an object that is not made yet. */
export function ownByInferenceService(
  registry: Registry,
  { kind, namespace, name, object }: ManifestObject,
  writer: Writer,
): void {
  const service = kind === DEPLOYMENTS ? inferenceServiceOf(object) : null;
  if (service === null) return;
  const owner = registry.get(INFERENCE_SERVICES, namespace, service);
  const live = registry.get(DEPLOYMENTS, namespace, name);
  if (owner instanceof ApiError || live instanceof ApiError) return;
  const { uid } = owner.metadata;
  if (live.metadata.ownerReferences?.some((each) => each.uid === uid)) return;
  const reference: OwnerReference = {
    apiVersion: apiVersionOf(INFERENCE_SERVICES),
    kind: INFERENCE_SERVICES.kind,
    name: service,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  const change = (current: typeof live) => ({
    ...current,
    metadata: { ...current.metadata, ownerReferences: [reference] },
  });
  registry.update(DEPLOYMENTS, namespace, name, change, { writer });
}
