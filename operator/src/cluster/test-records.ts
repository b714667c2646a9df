/** For tests: records with every field at its most usual, and raw objects as the API has them. */
import { parseSettings, type Settings } from '@rouse/contract';
import type { DeploymentRecord } from './deployment-record.ts';
import type { ContainerRecord, PodRecord } from './pod-record.ts';
import type { Json } from './test-api.ts';

export const defaultSettings: Settings = parseSettings(null).settings;

export function deploymentRecord(name: string, more: Partial<DeploymentRecord> = {}): DeploymentRecord {
  const namespace = more.namespace ?? 'default';
  return {
    key: `${namespace}/${name}`,
    uid: `uid-${name}`,
    namespace,
    name,
    createdMs: 0,
    annotations: new Map(),
    templateKnativeKeys: [],
    templateLabels: new Map([['app', name]]),
    knativeRevision: null,
    inferenceOwner: null,
    inferenceService: null,
    component: null,
    replicas: 1,
    replicasOwners: [],
    readyReplicas: 0,
    generation: 1,
    observedGeneration: 1,
    resourceVersion: '1',
    wasAvailable: false,
    creationRefused: null,
    ...more,
  };
}

export function containerRecord(more: Partial<ContainerRecord> = {}): ContainerRecord {
  return {
    name: 'app',
    init: false,
    ready: false,
    restarts: 0,
    startedMs: 1_000,
    waiting: null,
    lastExit: null,
    terminated: false,
    ...more,
  };
}

export function podRecord(more: Partial<PodRecord> = {}): PodRecord {
  return {
    uid: 'uid-pod',
    namespace: 'default',
    name: 'pod',
    replicaSetUid: 'uid-rs',
    createdMs: 0,
    nodeName: 'node',
    address: '10.0.0.1',
    phase: 'Running',
    ready: false,
    readyChangedMs: 0,
    deleted: false,
    disrupted: false,
    unschedulable: null,
    deletionCost: null,
    ports: [{ container: 'app', index: 0, name: 'http', port: 8080 }],
    defaultContainer: 'app',
    rule: { kind: 'connect', early: true },
    containers: [containerRecord()],
    ...more,
  };
}

export const enabled = { 'rouse.dev/enabled': 'true' };

/** A Deployment with one container `app` and the label `app: NAME`. */
export function rawDeployment(name: string, annotations: object, replicas = 1, more: Json = {}): Json {
  const { metadata, ...rest } = more;
  return {
    metadata: { annotations, generation: 1, ...(metadata as Json | undefined) },
    spec: { replicas, template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app' }] } } },
    status: { observedGeneration: 1 },
    ...rest,
  };
}

export function rawReplicaSet(deploymentUid: string, replicas = 1, more: Json = {}): Json {
  return {
    metadata: {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: deploymentUid, controller: true }],
    },
    spec: { replicas, template: { spec: { containers: [{ name: 'app', ports: [{ containerPort: 8080 }] }] } } },
    status: { replicas },
    ...more,
  };
}

export function rawPod(replicaSetUid: string, status: Json = {}, container: Json = {}, metadata: Json = {}): Json {
  return {
    metadata: {
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: replicaSetUid, controller: true },
      ],
      ...metadata,
    },
    spec: { nodeName: 'node', containers: [{ name: 'app', ports: [{ containerPort: 8080 }], ...container }] },
    status: { phase: 'Running', podIP: '10.0.0.1', ...status },
  };
}
