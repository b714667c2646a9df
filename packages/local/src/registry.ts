/** Reading and writing objects by the rules of the Kubernetes API: defaults, validation, versions, ownership, deletion. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '@rouse/contract';
import { ApiError, alreadyExists, badRequest, conflict, forbidden, invalid, notFound } from './api-error.ts';
import { applyDefaults } from './defaults.ts';
import { deepEqual, isObject, type JsonObject } from './json.ts';
import { DEPLOYMENTS, NAMESPACES, PODS, REPLICA_SETS, type ResourceKind } from './kinds.ts';
import { trackWrite, type Writer } from './managed-fields.ts';
import { type KubeObject, kubeTime, type ObjectMeta, type Pod } from './objects.ts';
import { asObject, merged } from './sent-object.ts';
import type { Store } from './store.ts';
import { validateObject } from './validate.ts';

export interface WriteOptions {
  readonly writer: Writer;
  /** Check and answer, but store nothing. */
  readonly dryRun?: boolean;
  /** What a server-side apply sent; the writer then owns all of it. */
  readonly applied?: JsonObject;
}

export interface DeleteOptions {
  /** Null: the pod's own terminationGracePeriodSeconds. */
  readonly gracePeriodSeconds?: number | null;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** `Orphan` leaves the dependents alone, without an owner. */
  readonly propagationPolicy?: string;
  readonly dryRun?: boolean;
}

export interface Registry {
  readonly store: Store;
  get(kind: ResourceKind, namespace: string, name: string): KubeObject | ApiError;
  list(kind: ResourceKind, namespace?: string): readonly KubeObject[];
  create(kind: ResourceKind, namespace: string, body: unknown, options: WriteOptions): KubeObject | ApiError;
  /** Replaces the object by `change(current)`, which may refuse; a `resourceVersion` in the result must be the current one. */
  update(
    kind: ResourceKind,
    namespace: string,
    name: string,
    change: (current: KubeObject) => unknown,
    options: WriteOptions,
  ): KubeObject | ApiError;
  /** The object as deleted or as now terminating. */
  remove(kind: ResourceKind, namespace: string, name: string, options?: DeleteOptions): KubeObject | ApiError;
}

/** Letters upstream draws names from: no vowels, no look-alikes. */
const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

export function randomSuffix(): string {
  return [...randomBytes(5)].map((byte) => NAME_LETTERS[byte % NAME_LETTERS.length]).join('');
}

/** The one node every pod is bound to. */
export const NODE_NAME = 'local';

const HAS_GENERATION: readonly ResourceKind[] = [DEPLOYMENTS, REPLICA_SETS, PODS];

export function createRegistry(store: Store, clock: Clock): Registry {
  function get(kind: ResourceKind, namespace: string, name: string): KubeObject | ApiError {
    return store.get(kind.storedAs, kind.namespaced ? namespace : '', name) ?? notFound(kind, name);
  }

  function create(kind: ResourceKind, namespace: string, body: unknown, options: WriteOptions): KubeObject | ApiError {
    const checked = asObject(kind, body);
    if (checked instanceof ApiError) return checked;
    const sent = checked.metadata;
    if (kind.namespaced && sent.namespace && sent.namespace !== namespace) {
      return badRequest(
        `the namespace of the provided object does not match the namespace sent on the request (${sent.namespace} and ${namespace})`,
      );
    }
    if (kind.namespaced) {
      const home = store.get(NAMESPACES.storedAs, '', namespace);
      if (!home) return notFound(NAMESPACES, namespace);
      if (home.metadata.deletionTimestamp) {
        return forbidden(`namespace ${namespace} is being terminated: no new ${kind.resource} are accepted`);
      }
    }
    const name = sent.name || (sent.generateName ? `${sent.generateName.slice(0, 58)}${randomSuffix()}` : '');
    const { deletionTimestamp: _, deletionGracePeriodSeconds: __, managedFields: ___, ...kept } = sent;
    const metadata: ObjectMeta = {
      ...kept,
      name,
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp: kubeTime(clock.wallMs()),
    };
    if (kind.namespaced) metadata.namespace = namespace;
    else delete metadata.namespace;
    if (HAS_GENERATION.includes(kind)) metadata.generation = 1;
    const object: KubeObject = { ...checked, metadata };
    if (kind.subresources.includes('status') && kind !== NAMESPACES) object.status = initialStatus(kind);
    if (kind === PODS) bind(object, metadata.creationTimestamp);
    applyDefaults(kind, object);
    const causes = validateObject(kind, object, null);
    if (causes.length > 0) return invalid(kind, name, causes);
    if (store.get(kind.storedAs, metadata.namespace ?? '', name)) return alreadyExists(kind, name);
    metadata.managedFields = trackWrite(null, object, options.writer, clock.wallMs(), options.applied);
    return options.dryRun ? object : store.put(kind.storedAs, object);
  }

  function update(
    kind: ResourceKind,
    namespace: string,
    name: string,
    change: (current: KubeObject) => unknown,
    options: WriteOptions,
  ): KubeObject | ApiError {
    const current = get(kind, namespace, name);
    if (current instanceof ApiError) return current;
    const changed = change(current);
    if (changed instanceof ApiError) return changed;
    const next = asObject(kind, changed);
    if (next instanceof ApiError) return next;
    const sent = next.metadata;
    if (sent.name && sent.name !== name) {
      return badRequest(`the name of the object (${sent.name}) does not match the name on the URL (${name})`);
    }
    if (sent.uid && sent.uid !== current.metadata.uid) {
      return conflict(
        kind,
        name,
        `Precondition failed: UID in precondition: ${sent.uid}, UID in object meta: ${current.metadata.uid}`,
      );
    }
    if (sent.resourceVersion && sent.resourceVersion !== current.metadata.resourceVersion) return conflict(kind, name);
    const object = merged(kind, current, next, options.writer.subresource);
    applyDefaults(kind, object);
    if (HAS_GENERATION.includes(kind) && !deepEqual(current.spec, object.spec)) {
      object.metadata.generation = (current.metadata.generation ?? 1) + 1;
    }
    const causes = validateObject(kind, object, current);
    if (causes.length > 0) return invalid(kind, name, causes);
    object.metadata.managedFields = trackWrite(current, object, options.writer, clock.wallMs(), options.applied);
    if (deepEqual(current, object)) return current;
    if (options.dryRun) return object;
    if (object.metadata.deletionTimestamp && isGone(kind, object)) {
      return finallyRemove(kind, object);
    }
    return store.put(kind.storedAs, object);
  }

  /** True when nothing holds a terminating object any more. */
  function isGone(kind: ResourceKind, object: KubeObject): boolean {
    if ((object.metadata.finalizers?.length ?? 0) > 0) return false;
    if (kind === NAMESPACES) return false;
    return kind !== PODS || object.metadata.deletionGracePeriodSeconds === 0;
  }

  function finallyRemove(kind: ResourceKind, object: KubeObject): KubeObject {
    return store.remove(kind.storedAs, object.metadata.namespace ?? '', object.metadata.name) ?? object;
  }

  function remove(
    kind: ResourceKind,
    namespace: string,
    name: string,
    options: DeleteOptions = {},
  ): KubeObject | ApiError {
    const current = get(kind, namespace, name);
    if (current instanceof ApiError) return current;
    const { metadata } = current;
    if (options.uid && options.uid !== metadata.uid) {
      return conflict(
        kind,
        name,
        `the UID in the precondition (${options.uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
      );
    }
    if (options.resourceVersion && options.resourceVersion !== metadata.resourceVersion) {
      return conflict(
        kind,
        name,
        `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
      );
    }
    if (kind === NAMESPACES && (name === 'default' || name === 'kube-system')) {
      return forbidden(`namespaces "${name}" is forbidden: this namespace may not be deleted`);
    }
    if (options.dryRun) return current;
    if (options.propagationPolicy === 'Orphan') orphanDependents(metadata.uid);
    const graceSeconds = kind === PODS ? podGraceSeconds(current as Pod, options.gracePeriodSeconds) : 0;
    const held = (metadata.finalizers?.length ?? 0) > 0 || kind === NAMESPACES;
    if (!held && graceSeconds === 0) return finallyRemove(kind, current);
    // A second delete may only shorten the time that is left.
    const already = metadata.deletionTimestamp !== undefined;
    if (already && (kind !== PODS || graceSeconds >= (metadata.deletionGracePeriodSeconds ?? 0))) return current;
    const terminating: KubeObject = {
      ...current,
      metadata: {
        ...metadata,
        deletionTimestamp: kubeTime(clock.wallMs() + graceSeconds * 1000),
        deletionGracePeriodSeconds: graceSeconds,
        ...(metadata.generation ? { generation: metadata.generation + 1 } : {}),
      },
    };
    if (kind === NAMESPACES) terminating.status = { phase: 'Terminating' };
    return store.put(kind.storedAs, terminating);
  }

  function orphanDependents(ownerUid: string): void {
    for (const kind of [REPLICA_SETS, PODS]) {
      for (const object of store.owned(kind.storedAs, ownerUid)) {
        const owners = object.metadata.ownerReferences ?? [];
        const ownerReferences = owners.filter((owner) => owner.uid !== ownerUid);
        store.put(kind.storedAs, { ...object, metadata: { ...object.metadata, ownerReferences } });
      }
    }
  }

  return { store, get, list: (kind, namespace) => store.list(kind.storedAs, namespace), create, update, remove };
}

/** Upstream's pod strategy: nothing to wait for once a pod has ended or where it was never bound to a node. */
function podGraceSeconds(pod: Pod, asked: number | null | undefined): number {
  const phase = pod.status?.phase;
  if (!pod.spec.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
  return Math.max(0, asked ?? pod.spec.terminationGracePeriodSeconds ?? 30);
}

/** There is one node, so a pod is bound as it is made; nothing needs to be scheduled. */
function bind(pod: KubeObject, now: string): void {
  if (!isObject(pod.spec)) return;
  if (!pod.spec.nodeName) pod.spec.nodeName = NODE_NAME;
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: now };
  pod.status = { ...(isObject(pod.status) ? pod.status : {}), conditions: [scheduled] };
}

function initialStatus(kind: ResourceKind): JsonObject {
  if (kind === PODS) return { phase: 'Pending', qosClass: 'BestEffort' };
  if (kind === REPLICA_SETS) return { replicas: 0 };
  return {};
}
