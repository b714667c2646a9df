import type { Clock } from '@rouse/contract';
import { ApiError } from './api-error.ts';
import { type JsonObject } from './json.ts';
import { type ResourceKind } from './kinds.ts';
import { type Writer } from './managed-fields.ts';
import { type KubeObject } from './objects.ts';
import type { Store } from './store.ts';
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
export declare function randomSuffix(): string;
/** The one node every pod is bound to. */
export declare const NODE_NAME = 'local';
export declare function createRegistry(store: Store, clock: Clock): Registry;
