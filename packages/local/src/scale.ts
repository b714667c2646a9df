/** The `/scale` subresource of Deployments and ReplicaSets, as autoscaling/v1 writes it. */
import { type ApiError, badRequest, invalid } from './api-error.ts';
import { dig, isObject, type JsonObject } from './json.ts';
import type { Deployment, KubeObject, ReplicaSet } from './objects.ts';
import { formatSelector } from './selectors.ts';
import { validateReplicas } from './validate.ts';

/** Upstream omits `spec.replicas` at 0 (`omitempty`), and never `status.replicas`. */
export function scaleOf(object: KubeObject): KubeObject {
  const { spec, status, metadata } = object as Deployment | ReplicaSet;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace ? { namespace } : {}), uid, resourceVersion, creationTimestamp },
    spec: spec.replicas === 0 ? {} : { replicas: spec.replicas },
    status: { replicas: status?.replicas ?? 0, selector: formatSelector(spec.selector) },
  };
}

/** The object with the replicas of a written Scale; an absent number is 0. */
export function withScale(object: KubeObject, scale: unknown): KubeObject | ApiError {
  const { name } = object.metadata;
  if (!isObject(scale) || (scale.kind !== undefined && scale.kind !== 'Scale')) {
    return badRequest('the body is not a Scale of autoscaling/v1');
  }
  const replicas = dig(scale, 'spec', 'replicas') ?? 0;
  const causes = validateReplicas(replicas);
  if (causes.length > 0) return invalid('Scale.autoscaling', name, causes);
  const metadata = isObject(scale.metadata) ? scale.metadata : {};
  if (metadata.name !== undefined && metadata.name !== name) {
    return badRequest(`the name of the object (${String(metadata.name)}) does not match the name on the URL (${name})`);
  }
  const resourceVersion = typeof metadata.resourceVersion === 'string' ? metadata.resourceVersion : '';
  return {
    ...object,
    metadata: { ...object.metadata, resourceVersion: resourceVersion || object.metadata.resourceVersion },
    spec: { ...(object.spec as JsonObject), replicas },
  };
}
