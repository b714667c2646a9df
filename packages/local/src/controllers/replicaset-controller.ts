/** The ReplicaSet controller: as many pods as wanted, made at once and given up in upstream's order. */
import type { Clock } from '@rouse/contract';
import { ApiError } from '../api-error.ts';
import { deepEqual } from '../json.ts';
import { PODS, REPLICA_SETS } from '../kinds.ts';
import { type Condition, controllerOf, kubeTime, type Pod, type ReplicaSet } from '../objects.ts';
import { NODE_NAME, type Registry, randomSuffix } from '../registry.ts';
import { compileSelector } from '../selectors.ts';
import { createEventRecorder } from './event-recorder.ts';
import { countPorts, withOwnPorts } from './pod-ports.ts';
import type { PortAllocator } from './port-allocator.ts';
import { compareForDeletion, isReady } from './scale-down-order.ts';
import { createWorkQueue } from './work-queue.ts';

export interface Controller {
  close(): Promise<void>;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;
const WRITER = { manager: 'kube-controller-manager', operation: 'Update' } as const;

/** Neither ended nor on its way out. */
export function isActive(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase !== 'Succeeded' && phase !== 'Failed' && !pod.metadata.deletionTimestamp;
}

/** ms until the pod has been ready for `minReadySeconds`: 0 when it has, null when it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | null {
  if (!isReady(pod)) return null;
  if (minReadySeconds === 0) return 0;
  const since = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  return Math.max(0, (Date.parse(since ?? '') || nowMs) + minReadySeconds * 1000 - nowMs);
}

export function startReplicaSetController(
  registry: Registry,
  clock: Clock,
  ports: PortAllocator,
  onError: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Controller {
  const events = createEventRecorder(registry, clock, 'replicaset-controller');
  const queue = createWorkQueue(clock, sync, (key, error) =>
    onError('replicaset sync failed', { key, error: String(error) }),
  );

  /** Failed attempts in a row, by key. */
  const failures = new Map<string, number>();

  const unsubscribe = registry.store.subscribe(({ table, type, object, previous }) => {
    const { namespace = '' } = object.metadata;
    if (table === REPLICA_SETS.storedAs) queue.add(`${namespace}/${object.metadata.name}`);
    if (table !== PODS.storedAs) return;
    if (type === 'DELETED') ports.release(object.metadata.uid);
    for (const pod of [object, previous]) {
      const owner = pod && controllerOf(pod);
      if (owner?.kind === 'ReplicaSet') queue.add(`${namespace}/${owner.name}`);
    }
    // An orphan may be adopted by whichever ReplicaSet selects it.
    if (type !== 'DELETED' && !controllerOf(object)) {
      for (const set of registry.list(REPLICA_SETS, namespace)) queue.add(`${namespace}/${set.metadata.name}`);
    }
  });
  for (const set of registry.list(REPLICA_SETS)) queue.add(`${set.metadata.namespace ?? ''}/${set.metadata.name}`);

  function read(key: string): ReplicaSet | null {
    const [namespace = '', name = ''] = key.split('/');
    const found = registry.get(REPLICA_SETS, namespace, name);
    return found instanceof ApiError ? null : (found as ReplicaSet);
  }

  /** The set's own pods: adopts orphans its selector matches, lets go those it no longer matches. */
  function claim(set: ReplicaSet): Pod[] {
    const { namespace = '', uid, name } = set.metadata;
    const matches = compileSelector(set.spec.selector);
    const owned: Pod[] = [];
    const { store } = registry;
    for (const object of [...store.owned(PODS.storedAs, uid), ...store.owned(PODS.storedAs, '')]) {
      const pod = object as Pod;
      const owner = controllerOf(pod);
      if (pod.metadata.namespace !== namespace) continue;
      if (owner ? owner.uid !== uid : !matches(pod.metadata.labels) || !isActive(pod)) continue;
      if (owner && matches(pod.metadata.labels)) {
        owned.push(pod);
        continue;
      }
      if (!owner && set.metadata.deletionTimestamp) continue;
      const others = (pod.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== uid);
      const mine = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true, blockOwnerDeletion: true };
      const ownerReferences = owner ? others : [...others, mine];
      const updated = registry.update(
        PODS,
        namespace,
        pod.metadata.name,
        (current) => ({ ...current, metadata: { ...current.metadata, ownerReferences } }),
        { writer: WRITER },
      );
      if (!owner && !(updated instanceof ApiError)) owned.push(updated as Pod);
    }
    return owned;
  }

  async function sync(key: string): Promise<void> {
    let set = read(key);
    if (!set) {
      failures.delete(key);
      return;
    }
    let failure: string | null = null;
    const missing = set.spec.replicas - claim(set).filter(isActive).length;
    if (missing > 0 && !set.metadata.deletionTimestamp) {
      const needed = countPorts(set.spec.template.spec);
      const batches = await Promise.all(
        Array.from({ length: missing }, async (_, index) => {
          const holder = `${key}#${index}`;
          return { holder, free: await ports.allocate(holder, needed) };
        }),
      );
      // Finding ports took a moment: what is wanted now decides.
      set = read(key);
      const still = set ? set.spec.replicas - claim(set).filter(isActive).length : 0;
      for (const [index, { holder, free }] of batches.entries()) {
        if (set && index < still && failure === null) failure = createPod(set, holder, free);
        ports.release(holder);
      }
      if (!set) return;
    }
    if (missing < 0) giveUp(set, -missing);
    writeStatus(set, failure);
    retryLater(key, failure);
  }

  /** What hindered creation (a quota, a port) may pass without any change of the set telling so. */
  function retryLater(key: string, failure: string | null): void {
    const count = failure === null ? 0 : (failures.get(key) ?? 0) + 1;
    if (count === 0) failures.delete(key);
    else {
      failures.set(key, count);
      queue.addAfter(key, Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (count - 1)));
    }
  }

  /** @returns why it could not be made, or null */
  function createPod(set: ReplicaSet, holder: string, free: readonly number[] | null): string | null {
    const { namespace = '', name, uid } = set.metadata;
    const { template } = set.spec;
    if (!free) {
      const message = 'Error creating: no free port is left in 20000-29999 on this machine';
      events.record(set, 'Warning', 'FailedCreate', message);
      return message;
    }
    const created = registry.create(
      PODS,
      namespace,
      {
        metadata: {
          name: `${name.slice(0, 57)}-${randomSuffix()}`,
          generateName: `${name}-`,
          labels: { ...template.metadata?.labels },
          annotations: { ...template.metadata?.annotations },
          ownerReferences: [
            { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true, blockOwnerDeletion: true },
          ],
        },
        spec: { ...withOwnPorts(template.spec, free), nodeName: NODE_NAME },
      },
      { writer: WRITER },
    );
    if (created instanceof ApiError) {
      const message = `Error creating: ${created.status.message ?? ''}`;
      events.record(set, 'Warning', 'FailedCreate', message);
      return message;
    }
    ports.rename(holder, created.metadata.uid);
    events.record(set, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
    return null;
  }

  function giveUp(set: ReplicaSet, count: number): void {
    const { namespace = '' } = set.metadata;
    const nowMs = clock.wallMs();
    const ordered = claim(set)
      .filter(isActive)
      .sort((a, b) => compareForDeletion(a, b, nowMs));
    for (const pod of ordered.slice(0, count)) {
      const removed = registry.remove(PODS, namespace, pod.metadata.name, { uid: pod.metadata.uid });
      if (removed instanceof ApiError) continue;
      events.record(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    }
  }

  function writeStatus(set: ReplicaSet, failure: string | null): void {
    const { namespace = '', name } = set.metadata;
    const nowMs = clock.wallMs();
    const all = claim(set);
    const pods = all.filter(isActive);
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    const labels = Object.entries(set.spec.template.metadata?.labels ?? {});
    const waits = pods.map((pod) => availableInMs(pod, minReadySeconds, nowMs)).filter((ms) => ms !== null);
    const soonest = Math.min(...waits.filter((ms) => ms > 0));
    if (Number.isFinite(soonest)) queue.addAfter(`${namespace}/${name}`, soonest);
    const count = (test: (pod: Pod) => boolean) => pods.filter(test).length;
    const ready = count(isReady);
    const available = waits.filter((ms) => ms === 0).length;
    const fullyLabeled = count((pod) => labels.every(([key, value]) => pod.metadata.labels?.[key] === value));
    const conditions = failure ? failureCondition(set, failure, kubeTime(nowMs)) : undefined;
    const status: ReplicaSet['status'] = {
      replicas: pods.length,
      ...(fullyLabeled > 0 ? { fullyLabeledReplicas: fullyLabeled } : {}),
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      ...(available > 0 ? { availableReplicas: available } : {}),
      ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
      ...(conditions ? { conditions } : {}),
    };
    if (deepEqual(status, set.status)) return;
    registry.update(REPLICA_SETS, namespace, name, (current) => ({ ...current, status }), {
      writer: { ...WRITER, subresource: 'status' },
    });
  }

  return {
    async close() {
      unsubscribe();
      await queue.close();
    },
  };
}

function failureCondition(set: ReplicaSet, message: string, now: string): Condition[] {
  const before = set.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  const lastTransitionTime = before?.lastTransitionTime ?? now;
  return [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime }];
}
