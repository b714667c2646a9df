/** Objects in memory under one counter of versions, with a bounded history of changes for watches to resume from. */
import type { Clock } from '@rouse/contract';
import type { KubeObject } from './objects.ts';
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The table: `ResourceKind.storedAs`. */
  readonly table: string;
  /** A deleted object carries the version of its deletion. */
  readonly object: KubeObject;
  /** The object as it stood before; null when added. */
  readonly previous: KubeObject | null;
  readonly version: number;
}
export type StoreListener = (event: StoreEvent) => void;
export interface Store {
  /** Version of the newest change. */
  version(): number;
  get(table: string, namespace: string, name: string): KubeObject | undefined;
  /** All of a table, or of one namespace, ordered by namespace and name. The objects must not be changed. */
  list(table: string, namespace?: string): readonly KubeObject[];
  /** Stores the object under the next version and returns it with that version written in. */
  put(table: string, object: KubeObject): KubeObject;
  /** Removes the object; returns its last state under the version of the deletion. */
  remove(table: string, namespace: string, name: string): KubeObject | undefined;
  /** Changes of a table after `version`, oldest first; null when the history no longer reaches back that far. */
  since(table: string, version: number): readonly StoreEvent[] | null;
  /** Called in order within each write; a listener must not write itself. Returns the way to unsubscribe. */
  subscribe(listener: StoreListener): () => void;
  /** Forgets the history, so that any resumed watch gets 410 (etcd's compaction). */
  compact(): void;
}
/**
 * The counter starts at the wall clock's milliseconds: after a restart, versions a client remembers are older than the
 * new history, and its watch is told 410 instead of silently missing what changed.
 */
export declare function createStore(clock: Clock, historyLength?: number): Store;
