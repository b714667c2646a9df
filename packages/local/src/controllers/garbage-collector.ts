/** Background garbage collection: what no owner is left for, and what stands in a namespace that is being deleted. */
import type { Clock } from '@rouse/contract';
import { KINDS, NAMESPACES, PODS, REPLICA_SETS, type ResourceKind } from '../kinds.ts';
import type { Registry } from '../registry.ts';
import type { Controller } from './replicaset-controller.ts';
import { createWorkQueue } from './work-queue.ts';

/** Kinds that are ever owned here. */
const OWNED: readonly ResourceKind[] = [REPLICA_SETS, PODS];
const ORPHANS = 'orphans';

export function startGarbageCollector(
  registry: Registry,
  clock: Clock,
  onError: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Controller {
  const gone = new Set<string>();
  const queue = createWorkQueue(
    clock,
    (key) => (key === ORPHANS ? removeOrphans() : emptyNamespace(key.slice('namespace/'.length))),
    (key, error) => onError('garbage collection failed', { key, error: String(error) }),
  );

  const unsubscribe = registry.store.subscribe(({ table, type, object }) => {
    const { namespace, name, uid, deletionTimestamp } = object.metadata;
    if (type === 'DELETED') {
      gone.add(uid);
      queue.add(ORPHANS);
      const home = namespace === undefined ? undefined : registry.store.get(NAMESPACES.storedAs, '', namespace);
      if (home?.metadata.deletionTimestamp) queue.add(`namespace/${namespace}`);
    } else if (table === NAMESPACES.storedAs && deletionTimestamp) queue.add(`namespace/${name}`);
  });

  function removeOrphans(): void {
    const owners = [...gone];
    gone.clear();
    for (const kind of OWNED) {
      for (const object of owners.flatMap((uid) => registry.store.owned(kind.storedAs, uid))) {
        const { ownerReferences = [], deletionTimestamp, namespace = '', name } = object.metadata;
        if (deletionTimestamp || ownerReferences.some((owner) => registry.store.hasUid(owner.uid))) continue;
        registry.remove(kind, namespace, name);
      }
    }
  }

  function emptyNamespace(name: string): void {
    let left = 0;
    for (const kind of KINDS) {
      if (!kind.namespaced) continue;
      for (const object of registry.list(kind, name)) {
        registry.remove(kind, name, object.metadata.name);
      }
      left += registry.list(kind, name).length;
    }
    if (left === 0) registry.store.remove(NAMESPACES.storedAs, '', name);
  }

  return {
    async close() {
      unsubscribe();
      await queue.close();
    },
  };
}
