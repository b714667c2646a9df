/** The Deployment controller: one ReplicaSet per template, scaled, rolled over and cleaned up as upstream does. */
import type { Clock } from '@rouse/contract';
import { ApiError } from '../api-error.ts';
import { deepEqual } from '../json.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../kinds.ts';
import { controllerOf, type Deployment, type Pod, type ReplicaSet } from '../objects.ts';
import type { Registry } from '../registry.ts';
import { deploymentStatus } from './deployment-status.ts';
import { createEventRecorder } from './event-recorder.ts';
import { sameTemplate, TEMPLATE_HASH, templateHash } from './pod-template-hash.ts';
import type { Controller } from './replicaset-controller.ts';
import { limits, newReplicas, oldReplicas, proportional } from './rollout.ts';
import { createWorkQueue } from './work-queue.ts';

const RETRY_MS = 1_000;
const WRITER = { manager: 'kube-controller-manager', operation: 'Update' } as const;
const REVISION = 'deployment.kubernetes.io/revision';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAXIMUM = 'deployment.kubernetes.io/max-replicas';
/** Annotations of the Deployment that say nothing about a ReplicaSet. */
const NOT_COPIED = ['kubectl.kubernetes.io/last-applied-configuration', REVISION, DESIRED, MAXIMUM];

const revisionOf = (set: ReplicaSet) => Number(set.metadata.annotations?.[REVISION]) || 0;
const byAge = (a: ReplicaSet, b: ReplicaSet) =>
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) || revisionOf(a) - revisionOf(b);

export function startDeploymentController(
  registry: Registry,
  clock: Clock,
  onError: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Controller {
  const events = createEventRecorder(registry, clock, 'deployment-controller');
  const queue = createWorkQueue(clock, sync, (key, error) =>
    onError('deployment sync failed', { key, error: String(error) }),
  );

  const unsubscribe = registry.store.subscribe(({ table, type, object }) => {
    const { namespace = '' } = object.metadata;
    if (table === DEPLOYMENTS.storedAs) queue.add(`${namespace}/${object.metadata.name}`);
    if (table === REPLICA_SETS.storedAs) {
      const owner = controllerOf(object);
      if (owner?.kind === 'Deployment') queue.add(`${namespace}/${owner.name}`);
    }
    // Recreate waits for the last old pod to be gone.
    if (table === PODS.storedAs && type === 'DELETED') {
      const set = controllerOf(object);
      const found = set?.kind === 'ReplicaSet' ? registry.get(REPLICA_SETS, namespace, set.name) : null;
      const owner = found && !(found instanceof ApiError) ? controllerOf(found) : undefined;
      if (owner?.kind === 'Deployment') queue.add(`${namespace}/${owner.name}`);
    }
  });
  for (const object of registry.list(DEPLOYMENTS)) {
    queue.add(`${object.metadata.namespace ?? ''}/${object.metadata.name}`);
  }

  function setsOf(deployment: Deployment): ReplicaSet[] {
    return registry.store
      .owned(REPLICA_SETS.storedAs, deployment.metadata.uid)
      .filter((set) => controllerOf(set)?.uid === deployment.metadata.uid)
      .map((set) => set as ReplicaSet)
      .sort(byAge);
  }

  function sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const found = registry.get(DEPLOYMENTS, namespace, name);
    if (found instanceof ApiError) return;
    const deployment = found as Deployment;
    if (!deployment.metadata.deletionTimestamp && !reconcile(deployment)) queue.addAfter(key, RETRY_MS);
    writeStatus(deployment);
  }

  /** @returns false when the new ReplicaSet could not be made and is to be tried again */
  function reconcile(deployment: Deployment): boolean {
    const sets = setsOf(deployment);
    const fresh = freshOf(deployment, sets);
    if (deployment.spec.paused || wasRescaled(deployment, sets)) {
      scaleOnly(deployment, fresh, sets);
      return true;
    }
    const old = sets.filter((set) => set !== fresh);
    if (deployment.spec.strategy.type === 'Recreate') {
      const running = old.filter((set) => set.spec.replicas > 0);
      for (const set of running) scale(deployment, set, 0);
      if (running.length > 0 || old.some(hasPods)) return true;
    }
    const current = fresh ?? createSet(deployment, sets);
    if (!current) return false;
    const live = annotate(deployment, current, sets);
    if (scale(deployment, live, newReplicas(deployment, live, [...old, live]))) return true;
    if (deployment.spec.strategy.type === 'RollingUpdate') {
      for (const [set, replicas] of oldReplicas(deployment, live, old)) scale(deployment, set, replicas);
    }
    cleanUp(deployment, old);
    return true;
  }

  function freshOf(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | null {
    return sets.find((set) => sameTemplate(set.spec.template, deployment.spec.template)) ?? null;
  }

  function hasPods(set: ReplicaSet): boolean {
    const pods = registry.store.owned(PODS.storedAs, set.metadata.uid) as readonly Pod[];
    return pods.some((pod) => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed');
  }

  /** True when `spec.replicas` is not what the live ReplicaSets were last sized for. */
  function wasRescaled(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
    return sets.some((set) => {
      const desired = set.metadata.annotations?.[DESIRED];
      return set.spec.replicas > 0 && desired !== undefined && Number(desired) !== deployment.spec.replicas;
    });
  }

  function scaleOnly(deployment: Deployment, fresh: ReplicaSet | null, sets: readonly ReplicaSet[]): void {
    const wanted = deployment.spec.replicas;
    const active = sets.filter((set) => set.spec.replicas > 0);
    const single = active.length === 1 ? active[0] : active.length === 0 ? (fresh ?? sets.at(-1)) : undefined;
    if (single) {
      scale(deployment, single, wanted);
      return;
    }
    const saturated =
      fresh?.spec.replicas === wanted &&
      Number(fresh.metadata.annotations?.[DESIRED]) === wanted &&
      fresh.status?.availableReplicas === wanted;
    if (saturated) {
      for (const set of active) if (set !== fresh) scale(deployment, set, 0);
    } else if (deployment.spec.strategy.type === 'RollingUpdate') {
      const before = (set: ReplicaSet) => Number(set.metadata.annotations?.[MAXIMUM]) || set.spec.replicas;
      for (const [set, replicas] of proportional(deployment, active, before)) scale(deployment, set, replicas);
    } else {
      for (const set of active) scale(deployment, set, set === fresh ? wanted : 0);
    }
  }

  function sizeAnnotations(deployment: Deployment): Record<string, string> {
    const { replicas } = deployment.spec;
    return { [DESIRED]: String(replicas), [MAXIMUM]: String(replicas + limits(deployment).maxSurge) };
  }

  /** @returns whether the ReplicaSet's own number changed */
  function scale(deployment: Deployment, set: ReplicaSet, replicas: number): boolean {
    const before = set.spec.replicas;
    const { namespace = '', name } = set.metadata;
    const result = registry.update(
      REPLICA_SETS,
      namespace,
      name,
      (current) => ({
        ...current,
        metadata: {
          ...current.metadata,
          annotations: { ...current.metadata.annotations, ...sizeAnnotations(deployment) },
        },
        spec: { ...(current as ReplicaSet).spec, replicas },
      }),
      { writer: WRITER },
    );
    if (result instanceof ApiError || replicas === before) return false;
    const message = `Scaled ${replicas > before ? 'up' : 'down'} replica set ${name} from ${before} to ${replicas}`;
    events.record(deployment, 'Normal', 'ScalingReplicaSet', message);
    return true;
  }

  function createSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | null {
    const { namespace = '', name, uid } = deployment.metadata;
    const { template, selector, minReadySeconds } = deployment.spec;
    const hash = templateHash(template, deployment.status?.collisionCount ?? 0);
    const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash };
    const body = {
      metadata: {
        name: `${name}-${hash}`,
        labels,
        annotations: { ...copied(deployment), ...sizeAnnotations(deployment), [REVISION]: nextRevision(sets) },
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true, blockOwnerDeletion: true },
        ],
      },
      spec: {
        replicas: 0,
        ...(minReadySeconds ? { minReadySeconds } : {}),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [TEMPLATE_HASH]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    };
    const created = registry.create(REPLICA_SETS, namespace, body, { writer: WRITER });
    if (!(created instanceof ApiError)) return created as ReplicaSet;
    if (created.code === 409) {
      // Another template has that hash: the count makes the next one different.
      const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
      registry.update(
        DEPLOYMENTS,
        namespace,
        name,
        (current) => ({ ...current, status: { ...(current as Deployment).status, collisionCount } }),
        { writer: { ...WRITER, subresource: 'status' } },
      );
    } else {
      const message = `Failed to create new replica set "${name}-${hash}": ${created.status.message ?? ''}`;
      events.record(deployment, 'Warning', 'ReplicaSetCreateError', message);
    }
    return null;
  }

  function nextRevision(sets: readonly ReplicaSet[]): string {
    return String(Math.max(0, ...sets.map(revisionOf)) + 1);
  }

  function copied(deployment: Deployment): Record<string, string> {
    const entries = Object.entries(deployment.metadata.annotations ?? {});
    return Object.fromEntries(entries.filter(([key]) => !NOT_COPIED.includes(key)));
  }

  /** Revision, sizes and the Deployment's annotations on the live ReplicaSet; the revision on the Deployment too. */
  function annotate(deployment: Deployment, set: ReplicaSet, sets: readonly ReplicaSet[]): ReplicaSet {
    const newest = Math.max(0, ...sets.filter((other) => other !== set).map(revisionOf));
    const revision = revisionOf(set) > newest ? String(revisionOf(set)) : String(newest + 1);
    const { namespace = '', name } = set.metadata;
    const own = { ...copied(deployment), ...sizeAnnotations(deployment), [REVISION]: revision };
    const result = registry.update(
      REPLICA_SETS,
      namespace,
      name,
      (current) => ({
        ...current,
        metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, ...own } },
        spec: minReady((current as ReplicaSet).spec, deployment.spec.minReadySeconds),
      }),
      { writer: WRITER },
    );
    if (deployment.metadata.annotations?.[REVISION] !== revision) {
      registry.update(
        DEPLOYMENTS,
        namespace,
        deployment.metadata.name,
        (current) => ({
          ...current,
          metadata: {
            ...current.metadata,
            annotations: { ...current.metadata.annotations, [REVISION]: revision },
          },
        }),
        { writer: WRITER },
      );
    }
    return result instanceof ApiError ? set : (result as ReplicaSet);
  }

  function cleanUp(deployment: Deployment, old: readonly ReplicaSet[]): void {
    const done = old.filter((set) => set.spec.replicas === 0 && (set.status?.replicas ?? 0) === 0);
    for (const set of done.slice(0, Math.max(0, old.length - deployment.spec.revisionHistoryLimit))) {
      registry.remove(REPLICA_SETS, set.metadata.namespace ?? '', set.metadata.name);
    }
  }

  function writeStatus(seen: Deployment): void {
    const { namespace = '', name } = seen.metadata;
    const found = registry.get(DEPLOYMENTS, namespace, name);
    if (found instanceof ApiError) return;
    // The generation that was reconciled is the one observed, even if a newer one was written since.
    const deployment: Deployment = { ...(found as Deployment), spec: seen.spec };
    if (seen.metadata.generation !== undefined) {
      deployment.metadata = { ...deployment.metadata, generation: seen.metadata.generation };
    }
    const sets = setsOf(deployment);
    const status = deploymentStatus(deployment, freshOf(deployment, sets), sets, clock.wallMs());
    const progress = status.conditions?.find(({ type }) => type === 'Progressing');
    if (progress?.reason === 'ReplicaSetUpdated') {
      queue.addAfter(`${namespace}/${name}`, deployment.spec.progressDeadlineSeconds * 1000 + 1000);
    }
    if (deepEqual(status, deployment.status)) return;
    registry.update(DEPLOYMENTS, namespace, name, (current) => ({ ...current, status }), {
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

function minReady(spec: ReplicaSet['spec'], minReadySeconds: number | undefined): ReplicaSet['spec'] {
  const { minReadySeconds: _, ...rest } = spec;
  return minReadySeconds ? { ...rest, minReadySeconds } : rest;
}
