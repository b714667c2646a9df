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
  /** Objects of a table that name the uid among their owners; with an empty uid those without any owner. Unordered. */
  owned(table: string, ownerUid: string): readonly KubeObject[];
  /** True while an object of that uid is stored. */
  hasUid(uid: string): boolean;
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

/** Changes kept for watches to resume from. */
const HISTORY_LENGTH = 10_000;

/**
 * The counter starts at the wall clock's milliseconds: after a restart, versions a client remembers are older than the
 * new history, and its watch is told 410 instead of silently missing what changed.
 */
export function createStore(clock: Clock, historyLength = HISTORY_LENGTH): Store {
  const tables = new Map<string, Map<string, KubeObject>>();
  /** `TABLE/OWNER-UID` → keys of that table. */
  const byOwner = new Map<string, Set<string>>();
  const uids = new Set<string>();
  const listeners = new Set<StoreListener>();
  let version = Math.max(1, Math.floor(clock.wallMs()));
  let history: StoreEvent[] = [];
  /** Newest version the history does not hold. */
  let forgotten = version;

  function table(name: string): Map<string, KubeObject> {
    let found = tables.get(name);
    if (!found) {
      found = new Map();
      tables.set(name, found);
    }
    return found;
  }

  function ownerKeys(name: string, object: KubeObject): string[] {
    const owners = object.metadata.ownerReferences ?? [];
    return owners.length === 0 ? [`${name}/`] : owners.map(({ uid }) => `${name}/${uid}`);
  }

  function index(name: string, key: string, previous: KubeObject | null, next: KubeObject | null): void {
    for (const owner of previous ? ownerKeys(name, previous) : []) {
      const keys = byOwner.get(owner);
      keys?.delete(key);
      if (keys?.size === 0) byOwner.delete(owner);
    }
    for (const owner of next ? ownerKeys(name, next) : []) {
      const keys = byOwner.get(owner) ?? new Set();
      byOwner.set(owner, keys.add(key));
    }
    if (previous) uids.delete(previous.metadata.uid);
    if (next) uids.add(next.metadata.uid);
  }

  function publish(event: StoreEvent): void {
    history.push(event);
    if (history.length >= historyLength * 2) {
      forgotten = history[history.length - historyLength - 1]!.version;
      history = history.slice(-historyLength);
    }
    for (const listener of listeners) listener(event);
  }

  return {
    version: () => version,
    get: (name, namespace, objectName) => tables.get(name)?.get(`${namespace}/${objectName}`),
    list(name, namespace) {
      const all = [...(tables.get(name)?.entries() ?? [])];
      const chosen = namespace === undefined ? all : all.filter(([key]) => key.startsWith(`${namespace}/`));
      return chosen.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    },
    owned(name, ownerUid) {
      const objects = tables.get(name);
      return [...(byOwner.get(`${name}/${ownerUid}`) ?? [])].flatMap((key) => objects?.get(key) ?? []);
    },
    hasUid: (uid) => uids.has(uid),
    put(name, object) {
      const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
      const previous = table(name).get(key) ?? null;
      version += 1;
      const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
      table(name).set(key, stored);
      index(name, key, previous, stored);
      publish({ type: previous ? 'MODIFIED' : 'ADDED', table: name, object: stored, previous, version });
      return stored;
    },
    remove(name, namespace, objectName) {
      const key = `${namespace}/${objectName}`;
      const previous = tables.get(name)?.get(key);
      if (!previous) return undefined;
      version += 1;
      const last = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(version) } };
      table(name).delete(key);
      index(name, key, previous, null);
      publish({ type: 'DELETED', table: name, object: last, previous, version });
      return last;
    },
    since(name, from) {
      if (from < forgotten) return null;
      return history.filter((event) => event.version > from && event.table === name);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact() {
      forgotten = version;
      history = [];
    },
  };
}
