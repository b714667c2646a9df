/** Requests on resources: get, list, create, update, patch and delete, on objects and their subresources. */
import type { Clock } from '@rouse/contract';
import { APPLY_PATCH } from '@rouse/kube';
import {
  ApiError,
  badRequest,
  invalid,
  invalidValue,
  methodNotAllowed,
  requiredValue,
  type Status,
} from './api-error.ts';
import { fromView, storedKind, toView } from './event-views.ts';
import { isObject, type JsonObject } from './json.ts';
import { apiVersionOf, LEASES, NAMESPACES, PODS, type ResourceKind } from './kinds.ts';
import { listPage } from './list-objects.ts';
import type { Writer } from './managed-fields.ts';
import type { KubeObject } from './objects.ts';
import { applyPatch, type Patch } from './patch/apply-patch.ts';
import type { DeleteOptions, Registry, WriteOptions } from './registry.ts';
import { partialMetadata, type Representation } from './representation.ts';
import type { RequestTarget } from './request-target.ts';
import { scaleOf, withScale } from './scale.ts';
import { parseSelectors } from './selectors.ts';
import { type IncludeObject, tableOf } from './table.ts';

export interface ResourceRequest {
  readonly method: string;
  readonly target: RequestTarget;
  readonly query: URLSearchParams;
  readonly representation: Representation;
  /** Parsed body of POST, PUT and DELETE; undefined when there was none. */
  readonly body: unknown;
  /** Set for PATCH. */
  readonly patch: Patch | null;
  /** From the User-Agent, where the query names no manager. */
  readonly agent: string;
}

export interface Answer {
  readonly code: number;
  readonly body: unknown;
}

export type ResourceHandler = (request: ResourceRequest) => Answer | ApiError;

export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject');
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}

export function createResourceHandler(registry: Registry, clock: Clock): ResourceHandler {
  function show(request: ResourceRequest, object: KubeObject): unknown {
    const { kind } = request.target;
    const view = toView(kind, object);
    if (request.representation === 'metadata') return partialMetadata(view);
    if (request.representation === 'object') return view;
    const version = object.metadata.resourceVersion;
    return tableOf(kind, [view], clock.wallMs(), includeObjectOf(request.query), version);
  }

  function answer(request: ResourceRequest, result: KubeObject | ApiError, code = 200): Answer | ApiError {
    return result instanceof ApiError ? result : { code, body: show(request, result) };
  }

  function list(request: ResourceRequest): Answer | ApiError {
    const { query, target, representation } = request;
    const { kind, namespace } = target;
    const matches = parseSelectors(query.get('labelSelector'), query.get('fieldSelector'), kind.storedAs);
    if (matches instanceof ApiError) return matches;
    const page = listPage(registry.store, {
      kind,
      namespace,
      matches,
      limit: Number(query.get('limit')) || 0,
      continueToken: query.get('continue') ?? '',
      resourceVersion: query.get('resourceVersion') ?? '',
    });
    if (page instanceof ApiError) return page;
    const items = page.items.map((object) => toView(kind, object));
    const metadata = {
      resourceVersion: page.resourceVersion,
      ...(page.continueToken ? { continue: page.continueToken, remainingItemCount: page.remaining } : {}),
    };
    if (representation === 'table') {
      const table = tableOf(kind, items, clock.wallMs(), includeObjectOf(query), page.resourceVersion);
      return { code: 200, body: { ...table, metadata } };
    }
    if (representation === 'metadata') {
      const head = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' };
      return { code: 200, body: { ...head, metadata, items: items.map(partialMetadata) } };
    }
    return { code: 200, body: { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata, items } };
  }

  function create(request: ResourceRequest): Answer | ApiError {
    const { kind, namespace = '' } = request.target;
    const options = writeOptions(request);
    if (options instanceof ApiError) return options;
    return answer(request, registry.create(storedKind(kind), namespace, fromView(kind, request.body), options), 201);
  }

  function replace(request: ResourceRequest, name: string): Answer | ApiError {
    const { kind, namespace = '', subresource } = request.target;
    const options = writeOptions(request);
    if (options instanceof ApiError) return options;
    const body = fromView(kind, request.body);
    if (subresource === 'scale') return writeScale(request, name, options, () => request.body);
    if (kind === LEASES) {
      // As upstream: made where it is missing, and never overwritten blindly.
      if (registry.get(storedKind(kind), namespace, name) instanceof ApiError) {
        return answer(request, registry.create(storedKind(kind), namespace, body, options), 201);
      }
      if (isObject(body) && isObject(body.metadata) && !body.metadata.resourceVersion) {
        const cause = invalidValue('metadata.resourceVersion', '', 'must be specified for an update');
        return invalid(kind, name, [cause]);
      }
    }
    return answer(
      request,
      registry.update(storedKind(kind), namespace, name, () => body, options),
    );
  }

  function patch(request: ResourceRequest, name: string, change: Patch): Answer | ApiError {
    const { kind, namespace = '', subresource } = request.target;
    const options = writeOptions(request);
    if (options instanceof ApiError) return options;
    if (change.type === APPLY_PATCH && !request.query.get('fieldManager')) {
      return invalid('PatchOptions.meta.k8s.io', '', [requiredValue('fieldManager', 'is required for apply patch')]);
    }
    if (subresource === 'scale') {
      return writeScale(request, name, options, (scale) => applyPatch(scale, change, 'Scale'));
    }
    if (
      change.type === APPLY_PATCH &&
      !subresource &&
      registry.get(storedKind(kind), namespace, name) instanceof ApiError
    ) {
      const body = applyPatch({}, change, kind.kind);
      return answer(request, registry.create(storedKind(kind), namespace, fromView(kind, body), options), 201);
    }
    const apply = (current: KubeObject) => {
      const changed = applyPatch(toView(kind, current), change, kind.kind);
      return changed instanceof ApiError ? changed : fromView(kind, changed);
    };
    return answer(request, registry.update(storedKind(kind), namespace, name, apply, options));
  }

  function writeScale(
    request: ResourceRequest,
    name: string,
    options: WriteOptions,
    change: (scale: KubeObject) => unknown,
  ): Answer | ApiError {
    const { kind, namespace = '' } = request.target;
    const write = (current: KubeObject) => {
      const changed = change(scaleOf(current));
      return changed instanceof ApiError ? changed : withScale(current, changed);
    };
    const result = registry.update(storedKind(kind), namespace, name, write, options);
    return result instanceof ApiError ? result : { code: 200, body: scaleOf(result) };
  }

  function remove(request: ResourceRequest, name: string): Answer | ApiError {
    const { kind, namespace = '' } = request.target;
    const result = registry.remove(storedKind(kind), namespace, name, deleteOptions(request));
    if (result instanceof ApiError) return result;
    if (kind === PODS || result.metadata.deletionTimestamp) return { code: 200, body: show(request, result) };
    return { code: 200, body: deleted(kind, result) };
  }

  function removeCollection(request: ResourceRequest): Answer | ApiError {
    const { query, target } = request;
    const { kind, namespace } = target;
    const matches = parseSelectors(query.get('labelSelector'), query.get('fieldSelector'), kind.storedAs);
    if (matches instanceof ApiError) return matches;
    const listed = list(request);
    for (const object of registry.list(storedKind(kind), namespace).filter(matches)) {
      registry.remove(storedKind(kind), object.metadata.namespace ?? '', object.metadata.name, deleteOptions(request));
    }
    return listed;
  }

  /** policy/v1 Eviction: a delete of the pod that names its reason. */
  function evict(request: ResourceRequest, name: string): Answer | ApiError {
    const { namespace = '' } = request.target;
    const asked = isObject(request.body) ? request.body.deleteOptions : undefined;
    const result = registry.remove(PODS, namespace, name, deleteOptions({ ...request, body: asked }));
    if (result instanceof ApiError) return result;
    return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
  }

  return (request) => {
    const { method, target } = request;
    const { kind, namespace, name, subresource } = target;
    if (subresource !== undefined && !kind.subresources.includes(subresource)) return methodNotAllowed();
    if (name === undefined) {
      if (method === 'GET') return list(request);
      if (kind.namespaced && namespace === undefined) return methodNotAllowed();
      if (method === 'POST') return create(request);
      return method === 'DELETE' && kind !== NAMESPACES ? removeCollection(request) : methodNotAllowed();
    }
    if (subresource === 'eviction') return method === 'POST' ? evict(request, name) : methodNotAllowed();
    if (method === 'GET') {
      const found = registry.get(storedKind(kind), namespace ?? '', name);
      if (subresource === 'scale' && !(found instanceof ApiError)) return { code: 200, body: scaleOf(found) };
      return answer(request, found);
    }
    if (method === 'PUT') return replace(request, name);
    if (method === 'PATCH' && request.patch) return patch(request, name, request.patch);
    return method === 'DELETE' && subresource === undefined ? remove(request, name) : methodNotAllowed();
  };
}

function writeOptions(request: ResourceRequest): WriteOptions | ApiError {
  const { query, patch, target } = request;
  const dryRun = query.get('dryRun');
  if (dryRun !== null && dryRun !== 'All') {
    return badRequest(`dryRun: Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`);
  }
  const applies = patch?.type === APPLY_PATCH;
  const { subresource } = target;
  const writer: Writer = {
    manager: query.get('fieldManager') || request.agent,
    operation: applies ? 'Apply' : 'Update',
    ...(subresource === 'status' || subresource === 'scale' ? { subresource } : {}),
  };
  return {
    writer,
    dryRun: dryRun === 'All',
    ...(applies && isObject(patch.body) ? { applied: patch.body } : {}),
  };
}

function deleteOptions(request: ResourceRequest): DeleteOptions {
  const { query } = request;
  const body: JsonObject = isObject(request.body) ? request.body : {};
  const preconditions: JsonObject = isObject(body.preconditions) ? body.preconditions : {};
  const grace = query.get('gracePeriodSeconds') ?? body.gracePeriodSeconds ?? null;
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const uid = text(preconditions.uid);
  const resourceVersion = text(preconditions.resourceVersion);
  const propagationPolicy = query.get('propagationPolicy') ?? text(body.propagationPolicy);
  const dryRun = query.get('dryRun') === 'All' || (Array.isArray(body.dryRun) && body.dryRun.includes('All'));
  return {
    gracePeriodSeconds: grace === null || Number.isNaN(Number(grace)) ? null : Number(grace),
    dryRun,
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(propagationPolicy ? { propagationPolicy } : {}),
  };
}

function deleted(kind: ResourceKind, object: KubeObject): Status {
  const { name, uid } = object.metadata;
  const details = { name, ...(kind.group ? { group: kind.group } : {}), kind: kind.resource, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}
