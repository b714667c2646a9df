/** Puts everything known of one workload together, as one immutable value. */
import { type BlockedReason, type InferenceService, type Problem, routeOfUrl } from '@rouse/contract';
import type { Adoption } from './adoption.ts';
import { blockedReason } from './blocked.ts';
import type { CreationRefused } from './creation-refused.ts';
import type { DeploymentRecord } from './deployment-record.ts';
import type { ForeignWrites } from './foreign-writes.ts';
import type { NamespaceWatch } from './namespace-watch.ts';
import { observePod } from './observe-pod.ts';
import type { ObservedPod, ObservedWorkload } from './observed-workload.ts';
import type { PodRecord } from './pod-record.ts';
import type { ReplicaSetRecord } from './replica-set-record.ts';
import type { GrantedRoutes } from './route-table.ts';
import { type ServiceRecord, selects } from './service-record.ts';

export interface WorkloadParts {
  readonly deployment: DeploymentRecord;
  readonly adoption: Adoption;
  /** Undefined for a workload that is left alone: nothing of it is watched. */
  readonly watch: NamespaceWatch | undefined;
  readonly granted: GrantedRoutes;
  /** The one that owns it, where it can be read. */
  readonly inferenceService: InferenceService | null;
  readonly domain: string;
  /** Set once the API has refused to create pods for long enough. */
  readonly creationRefused: CreationRefused | null;
  readonly foreign: ForeignWrites;
  /** A pod of it was Ready when it was looked at before. */
  readonly wasReady: boolean;
}

export function observeWorkload(parts: WorkloadParts): ObservedWorkload {
  const { deployment, adoption, watch, granted } = parts;
  const replicaSets = watch === undefined ? [] : [...watch.replicaSets(deployment.uid)];
  const wantedPort = adoption.settings.port ?? servicePort(deployment, watch);
  const records: PodRecord[] = [];
  const pods: ObservedPod[] = [];
  for (const replicaSet of replicaSets) {
    for (const pod of watch?.pods(replicaSet.uid) ?? []) {
      records.push(pod);
      if (watch !== undefined) pods.push(observePod(pod, replicaSet, wantedPort, watch.memory));
    }
  }
  records.sort(byAge);
  pods.sort(byAge);
  return {
    key: deployment.key,
    namespace: deployment.namespace,
    name: deployment.name,
    uid: deployment.uid,
    createdMs: deployment.createdMs,
    mode: adoption.mode,
    modeReason: adoption.reason,
    settings: adoption.settings,
    problems: [...adoption.problems, ...granted.problems, ...portProblems(pods, wantedPort)],
    replicas: deployment.replicas,
    readyReplicas: deployment.readyReplicas,
    generation: deployment.generation,
    observedGeneration: deployment.observedGeneration,
    resourceVersion: deployment.resourceVersion,
    everReady:
      parts.wasReady || deployment.wasAvailable || deployment.readyReplicas > 0 || pods.some((each) => each.ready),
    replicaSets: replicaSets.filter((each) => each.replicas > 0 || each.statusReplicas > 0).map(observeReplicaSet),
    pods,
    routes: granted.routes,
    hosts: hostsOf(parts),
    blocked: watch === undefined ? null : blockedNow(parts, records, watch),
    conflict: parts.foreign.conflict(),
    foreignWrite: parts.foreign.last,
    hpa: watch?.autoscalerOf(deployment.name) ?? null,
  };
}

function byAge(a: { createdMs: number; name: string }, b: { createdMs: number; name: string }): number {
  return a.createdMs - b.createdMs || (a.name < b.name ? -1 : 1);
}

function observeReplicaSet(record: ReplicaSetRecord): ObservedWorkload['replicaSets'][number] {
  const { uid, name, replicas, statusReplicas, generation, observedGeneration } = record;
  return { uid, name, replicas, statusReplicas, generation, observedGeneration };
}

function blockedNow(parts: WorkloadParts, pods: readonly PodRecord[], watch: NamespaceWatch): BlockedReason | null {
  return blockedReason({
    pods,
    creationRefused: parts.creationRefused,
    failFastUnschedulable: parts.adoption.settings.failFastUnschedulable,
    pullFailedBefore: watch.memory.pullFailed,
  });
}

/** Of several Services the one of the Deployment's own name, else the oldest. */
function servicePort(deployment: DeploymentRecord, watch: NamespaceWatch | undefined): number | string | null {
  let best: ServiceRecord | undefined;
  for (const service of watch?.services() ?? []) {
    if (service.targetPort === null || !selects(service, deployment.templateLabels)) continue;
    if (service.name === deployment.name) return service.targetPort;
    if (best === undefined || byAge(service, best) < 0) best = service;
  }
  return best?.targetPort ?? null;
}

function portProblems(pods: readonly ObservedPod[], wanted: number | string | null): Problem[] {
  const without = pods.find((each) => each.port === null && !each.terminating);
  if (without === undefined) return [];
  return [
    {
      source: 'annotation',
      key: 'rouse.dev/port',
      value: wanted === null ? '' : String(wanted),
      allowed: 'the number or name of a TCP port of the pod',
      fix:
        wanted === null
          ? 'Declare a containerPort in the pod template, or set rouse.dev/port.'
          : `Name a containerPort of the pod template ${JSON.stringify(wanted)}, or set rouse.dev/port to one that is there.`,
      severity: 'error',
    },
  ];
}

function hostsOf({ granted, domain, adoption, inferenceService }: WorkloadParts): string[] {
  const told = new Set(adoption.settings.routes);
  for (const { url } of [inferenceService, ...(inferenceService?.components.values() ?? [])].filter(
    (each) => each !== null,
  )) {
    const route = url === null ? null : routeOfUrl(url);
    if (route !== null) told.add(route);
  }
  return granted.routes.filter((route) => route.endsWith(`.${domain}`) || told.has(route));
}
