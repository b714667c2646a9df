/** What the operator knows of one workload from the Kubernetes API, as one immutable value. */
import type { BlockedReason, Probe, Problem, Settings, WorkloadKey } from '@rouse/contract';

/**
 * `managed`: Rouse decides its replicas. `unrouted`: adopted by Knative keys alone; routed, but its replicas are left
 * alone until the proxy has carried a first request for it. `left-alone`: only told about.
 */
export type ManagedMode = 'managed' | 'unrouted' | 'left-alone';

/** A pod as the cluster shows it; phases of a scale-down (`armed`, `closed`) are the controller's. */
export interface ObservedPod {
  readonly uid: string;
  readonly name: string;
  /** IP literal; null before the pod has one. */
  readonly address: string | null;
  /** Where requests go, from the pod's own spec; null when it cannot be told (then a problem says so). */
  readonly port: number | null;
  /** As `PodEntry` has it, with `probe`. */
  readonly phase: 'starting' | 'ready';
  readonly probe: Probe | null;
  /** Deleted, failed, finished or about to be disrupted: takes no new request and is not pushed. */
  readonly terminating: boolean;
  /** Has a deletionTimestamp. */
  readonly deleted: boolean;
  /** Bound to a node. */
  readonly scheduled: boolean;
  readonly podPhase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** The API's Ready condition. */
  readonly ready: boolean;
  /** Unix ms of the Ready condition's last change to true; null while not Ready. */
  readonly readySinceMs: number | null;
  /** Unix ms. */
  readonly createdMs: number;
  /** Unix ms at which the container that takes the requests last started; null before. */
  readonly startedMs: number | null;
  /** Most restarts of any of its containers. */
  readonly restarts: number;
  readonly nodeName: string | null;
  readonly replicaSetUid: string;
  /** The pod-deletion-cost in force and whether Rouse wrote it; null when it has none. */
  readonly deletionCost: { readonly value: number; readonly ours: boolean } | null;
}

/** A ReplicaSet of the workload with replicas wanted or left. */
export interface ObservedReplicaSet {
  readonly uid: string;
  readonly name: string;
  /** `spec.replicas`. */
  readonly replicas: number;
  /** `status.replicas`. */
  readonly statusReplicas: number;
  readonly generation: number;
  readonly observedGeneration: number;
}

/** Somebody else changed `spec.replicas`. */
export interface ForeignWrite {
  /** `clock.nowMs()` at which it was seen. */
  readonly atMs: number;
  readonly manager: string;
  readonly from: number;
  readonly to: number;
}

/** The same manager reverted our value three times within ten minutes; ends ten minutes after the last time. */
export interface Conflict {
  readonly manager: string;
  /** The value it insists on. */
  readonly value: number;
  readonly reverts: number;
}

export interface ObservedAutoscaler {
  readonly name: string;
  /** KServe made it, for this one. */
  readonly inferenceService: string | null;
}

export interface ObservedWorkload {
  readonly key: WorkloadKey;
  readonly namespace: string;
  readonly name: string;
  /** Of the Deployment: a new one under the same name is another workload. */
  readonly uid: string;
  /** Unix ms. */
  readonly createdMs: number;
  readonly mode: ManagedMode;
  /** Plain words for a mode other than `managed`; null for `managed`. */
  readonly modeReason: string | null;
  /** In force: the last good ones. */
  readonly settings: Settings;
  /** Everything to be mended: annotations, adoption, routes, ports. */
  readonly problems: readonly Problem[];
  /** `spec.replicas`. */
  readonly replicas: number;
  /** `status.readyReplicas`. */
  readonly readyReplicas: number;
  readonly generation: number;
  readonly observedGeneration: number;
  /** Of the Deployment, and so of its Scale. */
  readonly resourceVersion: string;
  /** A pod of it was Ready at some time, as far as the API shows. */
  readonly everReady: boolean;
  readonly replicaSets: readonly ObservedReplicaSet[];
  /** Oldest first. */
  readonly pods: readonly ObservedPod[];
  /** For `WorkloadEntry.routes`: `host` or `host/path-prefix`, conflicts resolved; empty when left alone. */
  readonly routes: readonly string[];
  /** Hosts for people, the shortest useful first: NAME.NAMESPACE.DOMAIN, then annotated routes. */
  readonly hosts: readonly string[];
  /** Every pod is in a state it will not leave by itself; null while any may still come up. */
  readonly blocked: BlockedReason | null;
  readonly conflict: Conflict | null;
  /** The newest write of `spec.replicas` by somebody else that was seen; null = none. */
  readonly foreignWrite: ForeignWrite | null;
  /** A HorizontalPodAutoscaler whose scaleTargetRef is this Deployment. */
  readonly hpa: ObservedAutoscaler | null;
}

/** The Deployment itself, known for every Deployment of the cluster, managed or not. */
export interface ObservedDeployment {
  readonly uid: string;
  readonly replicas: number;
  readonly resourceVersion: string;
}

/** Everything the operator knows of the cluster. Level-triggered: subscribers get keys and read the newest value. */
export interface ClusterView {
  /** Starts the reflectors; once. */
  start(): void;
  /** Resolves when Deployments and all that belongs to managed ones were read once. */
  readonly whenSynced: Promise<void>;
  readonly synced: boolean;
  /** Workloads with a mode, and Deployments that have something to be told about. */
  keys(): readonly WorkloadKey[];
  /** Undefined when there is none, or its namespace is not read yet. The same object until something changes. */
  get(key: WorkloadKey): ObservedWorkload | undefined;
  /** The bare Deployment, also when Rouse has nothing to do with it (any more). */
  deployment(key: WorkloadKey): ObservedDeployment | undefined;
  /** Called with the key of every workload that changed, appeared or went; returns a function that ends it. */
  subscribe(onKey: (key: WorkloadKey) => void): () => void;
  /** Other defaults and limits are in force: every workload is judged and told again. */
  configChanged(): void;
  /** Tell of every patch of `spec.replicas` that was or may have been applied, before or as soon as it is sent. */
  noteWrite(key: WorkloadKey, replicas: number): void;
  /** Resources that cannot be read now, in plain words; empty = all is well. */
  troubles(): readonly string[];
  stop(): void;
}
