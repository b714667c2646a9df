/** Pods, ReplicaSets, Services and HorizontalPodAutoscalers of one namespace, indexed by whom they belong to. */
import { type Clock, KSERVE_GROUP } from '@rouse/contract';
import {
  describeFailure,
  horizontalPodAutoscalersPath,
  type Kube,
  type KubeLog,
  type KubeObject,
  podsPath,
  type Reflector,
  reflect,
  replicaSetsPath,
  servicesPath,
} from '@rouse/kube';
import type { RawHorizontalPodAutoscaler } from './api-shapes.ts';
import { ownerOf } from './deployment-record.ts';
import { groupedBy } from './grouped-by.ts';
import type { ObservedAutoscaler } from './observed-workload.ts';
import { type PodMemory, podMemory } from './pod-memory.ts';
import { type PodRecord, projectPod } from './pod-record.ts';
import { projectReplicaSet, type ReplicaSetRecord } from './replica-set-record.ts';
import { projectService, type ServiceRecord } from './service-record.ts';

export interface NamespaceWatch {
  /** Everything was read once. */
  readonly synced: boolean;
  readonly memory: PodMemory;
  replicaSets(deploymentUid: string): Iterable<ReplicaSetRecord>;
  pods(replicaSetUid: string): Iterable<PodRecord>;
  services(): Iterable<ServiceRecord>;
  /** The HorizontalPodAutoscaler that scales the Deployment. */
  autoscalerOf(deploymentName: string): ObservedAutoscaler | null;
  /** What cannot be read now. */
  troubles(): string[];
  stop(): void;
}

export interface NamespaceWatchOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: KubeLog;
  readonly namespace: string;
  /** A pod or ReplicaSet of this Deployment changed. */
  onDeployment(uid: string): void;
  onServices(): void;
  onAutoscaler(deploymentName: string): void;
  onSync(): void;
}

interface AutoscalerRecord extends ObservedAutoscaler {
  readonly deployment: string;
}

export function namespaceWatch(options: NamespaceWatchOptions): NamespaceWatch {
  const { namespace } = options;
  const memory = podMemory();
  const replicaSets = groupedBy<ReplicaSetRecord>((each) => each.deploymentUid);
  const pods = groupedBy<PodRecord>((each) => each.replicaSetUid);
  const autoscalers = groupedBy<AutoscalerRecord>((each) => each.deployment);
  const replicaSetOwner = new Map<string, string>();
  let told = false;

  function keep<Raw extends KubeObject, T>(
    path: string,
    project: (raw: Raw) => T | null,
    key: (record: T) => string,
    onChange: (key: string, now: T | undefined, before: T | undefined) => void,
    optional = false,
  ): Reflector<T> {
    const { kube, clock, log } = options;
    return reflect({ kube, clock, log, path, project, key, onChange, onSync, optional });
  }

  function onSync(): void {
    if (told || !reflectors.every((each) => each.synced)) return;
    told = true;
    options.onSync();
  }

  const services = keep(
    servicesPath(namespace),
    projectService,
    (each) => each.key,
    () => options.onServices(),
  );
  const reflectors: readonly Reflector<unknown>[] = [
    services,
    keep(
      replicaSetsPath(namespace),
      projectReplicaSet,
      (each: ReplicaSetRecord) => each.uid,
      (uid, now, before) => {
        replicaSets.change(uid, now, before);
        if (now === undefined) replicaSetOwner.delete(uid);
        else replicaSetOwner.set(uid, now.deploymentUid);
        const owner = now?.deploymentUid ?? before?.deploymentUid;
        if (owner !== undefined) options.onDeployment(owner);
      },
    ),
    keep(
      podsPath(namespace),
      projectPod,
      (each: PodRecord) => each.uid,
      (uid, now, before) => {
        pods.change(uid, now, before);
        if (now === undefined) memory.forget(uid);
        else memory.see(now);
        const owner = replicaSetOwner.get(now?.replicaSetUid ?? before?.replicaSetUid ?? '');
        if (owner !== undefined) options.onDeployment(owner);
      },
    ),
    keep(
      horizontalPodAutoscalersPath(namespace),
      projectAutoscaler,
      (each: AutoscalerRecord) => each.name,
      (name, now, before) => {
        autoscalers.change(name, now, before);
        for (const each of [now, before]) if (each !== undefined) options.onAutoscaler(each.deployment);
      },
      true,
    ),
  ];

  return {
    get synced() {
      return told;
    },
    memory,
    replicaSets: replicaSets.of,
    pods: pods.of,
    services: () => services.values(),
    autoscalerOf(deploymentName) {
      for (const { name, inferenceService } of autoscalers.of(deploymentName)) return { name, inferenceService };
      return null;
    },
    troubles: () =>
      reflectors
        .slice(0, 3)
        .flatMap((each) => (each.trouble === null ? [] : [`${namespace}: ${describeFailure(each.trouble)}`])),
    stop() {
      for (const each of reflectors) each.stop();
    },
  };
}

function projectAutoscaler(raw: RawHorizontalPodAutoscaler): AutoscalerRecord | null {
  const target = raw.spec?.scaleTargetRef;
  if (target?.kind !== 'Deployment' || target.name === undefined) return null;
  const inferenceService = ownerOf(raw.metadata, KSERVE_GROUP, 'InferenceService')?.name ?? null;
  return { name: raw.metadata.name, deployment: target.name, inferenceService };
}
