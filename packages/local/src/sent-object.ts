/** What becomes of an object sent in a request: checked, completed, and for an update laid over the current one. */
import { type ApiError, badRequest } from './api-error.ts';
import { cloneJson, isObject } from './json.ts';
import { apiVersionOf, type ResourceKind } from './kinds.ts';
import type { Writer } from './managed-fields.ts';
import type { KubeObject, ObjectMeta } from './objects.ts';

/** A deep copy of a body that is an object of this kind; missing apiVersion and kind are filled in. */
export function asObject(kind: ResourceKind, body: unknown): KubeObject | ApiError {
  if (!isObject(body)) return badRequest(`the body is not a JSON object of kind ${kind.kind}`);
  const apiVersion = body.apiVersion ?? apiVersionOf(kind);
  const kindName = body.kind ?? kind.kind;
  if (apiVersion !== apiVersionOf(kind) || kindName !== kind.kind) {
    return badRequest(
      `${String(kindName)} in version ${JSON.stringify(apiVersion)} cannot be handled as a ${kind.kind} of ${apiVersionOf(kind)}`,
    );
  }
  const metadata = body.metadata ?? {};
  if (!isObject(metadata)) return badRequest('metadata is not an object');
  const bad = ['name', 'namespace', 'generateName', 'uid', 'resourceVersion'].find(
    (key) => metadata[key] !== undefined && metadata[key] !== null && typeof metadata[key] !== 'string',
  );
  if (bad) return badRequest(`metadata.${bad} is not a string`);
  const lists = ['finalizers', 'ownerReferences'].find(
    (key) => metadata[key] !== undefined && metadata[key] !== null && !Array.isArray(metadata[key]),
  );
  if (lists) return badRequest(`metadata.${lists} is not a list`);
  const copy = cloneJson({ ...body, apiVersion, kind: kindName, metadata }) as unknown as KubeObject;
  for (const key of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    const value: unknown = copy.metadata[key];
    if (value === null || (Array.isArray(value) && value.length === 0)) delete copy.metadata[key];
    else if (isObject(value) && Object.keys(value).length === 0) delete copy.metadata[key];
  }
  return copy;
}

/** What an update through that door may change, over what stays as it was. */
export function merged(
  kind: ResourceKind,
  current: KubeObject,
  next: KubeObject,
  subresource: Writer['subresource'],
): KubeObject {
  const { uid, creationTimestamp, name, generation, resourceVersion, deletionTimestamp, deletionGracePeriodSeconds } =
    current.metadata;
  const {
    deletionTimestamp: _,
    deletionGracePeriodSeconds: __,
    generation: ___,
    namespace: ____,
    ...writable
  } = next.metadata;
  const metadata: ObjectMeta = { ...writable, uid, creationTimestamp, name, resourceVersion };
  if (current.metadata.namespace !== undefined) metadata.namespace = current.metadata.namespace;
  if (generation !== undefined) metadata.generation = generation;
  if (deletionTimestamp !== undefined) metadata.deletionTimestamp = deletionTimestamp;
  if (deletionGracePeriodSeconds !== undefined) metadata.deletionGracePeriodSeconds = deletionGracePeriodSeconds;
  if (current.metadata.managedFields) metadata.managedFields = current.metadata.managedFields;
  else delete metadata.managedFields;
  if (subresource === 'status') {
    const object: KubeObject = { ...cloneJson(current), metadata };
    if (next.status === undefined) delete object.status;
    else object.status = next.status;
    return object;
  }
  const object: KubeObject = { ...next, metadata };
  if (kind.subresources.includes('status')) {
    if (current.status === undefined) delete object.status;
    else object.status = cloneJson(current.status);
  }
  return object;
}
