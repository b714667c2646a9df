/** The control wire between operator and proxies: what is pushed (tables, signs of life) and what is reported. */

/** `namespace/name` of a workload: the key of tables, reports and logs. */
export type WorkloadKey = string;

/** What the proxy may do with a pod. `armed`: only if no other pod is left, and that use revokes. `closed`: nothing. */
export type PodPhase = 'starting' | 'ready' | 'armed' | 'closed';

export type WorkloadState = 'asleep' | 'waking' | 'awake';

/** A readiness check the proxy makes itself on the pod's own address. */
export interface Probe {
  readonly kind: 'tcp' | 'http' | 'https';
  readonly port: number;
  /** For `http(s)`: path with query, e.g. `/healthz`. */
  readonly path?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Longest one attempt may take, 1–60000. */
  readonly timeoutMs: number;
}

/**
 * A pod as pushed to the proxy. Usable by the proxy when
 * `ready` and `probe` is null; or `ready`/`starting` with a `probe` that this proxy has seen succeed since it first
 * learned of this uid (a success survives later pushes for as long as they still carry a probe).
 * `starting` with `probe` null waits for the API to say Ready (or lost its readiness: the API rules).
 */
export interface PodEntry {
  readonly uid: string;
  readonly name: string;
  /** IP literal. */
  readonly address: string;
  readonly port: number;
  readonly phase: PodPhase;
  readonly probe: Probe | null;
}

/** Per-workload limits; times in ms, 0 = off where the annotation says so. */
export interface WorkloadLimits {
  readonly containerConcurrency: number;
  readonly wakeTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly queueLimit: number;
  /** Largest request body; 0 or absent (from an operator that does not know it) is no limit. */
  readonly maxBodyBytes?: number;
  readonly drainTimeoutMs: number;
}

/** A request that neither wakes nor counts: by exact path, or by a User-Agent that starts with the value. */
export interface QuietRule {
  readonly kind: 'path' | 'agent';
  readonly value: string;
}

export interface WorkloadEntry {
  readonly key: WorkloadKey;
  /** Generation of the push that last changed this entry. */
  readonly generation: number;
  /** `host` or `host/path-prefix`, lower-case host; `*.example.org` and `*` allowed. Conflicts are resolved by the operator. */
  readonly routes: readonly string[];
  readonly limits: WorkloadLimits;
  readonly quiet: readonly QuietRule[];
  readonly quietStatus: number;
  readonly waitingPage: boolean;
  /** Demand in one proxy at which it reports at once (where panic would start); null = never. */
  readonly alarm: number | null;
  readonly state: WorkloadState;
  /** Code of a failure (`failures`) that keeps every pod from starting, with its reason; null when none is known. */
  readonly blocked: BlockedReason | null;
  readonly pods: readonly PodEntry[];
}

export interface BlockedReason {
  /** A code of the failure table, e.g. `image-pull`. */
  readonly code: string;
  /** For people (Events, CLI, API); never sent to clients. */
  readonly message: string;
}

/** Order of pushes: a higher epoch wins, then a higher generation. Sent as headers `rouse-epoch`, `rouse-generation`. */
export interface Fence {
  /** The Lease's leaseTransitions. */
  readonly epoch: number;
  /** One counter per leader, over everything it pushes to anyone. */
  readonly generation: number;
}

export const EPOCH_HEADER = 'rouse-epoch';
export const GENERATION_HEADER = 'rouse-generation';

/** Body of `PUT /v1/workloads`; `PUT /v1/workloads/:namespace/:name` carries one `WorkloadEntry`; `PUT /v1/leader` none. */
export interface WorkloadTable {
  readonly workloads: readonly WorkloadEntry[];
}

/** Answer (200) of every accepted PUT and DELETE; 409 answers with the refusing proxy's own `Fence`. */
export interface PushAccepted extends Fence {
  readonly instance: string;
}

/** State of one pod at one proxy; reported while it has requests, is armed or closed, is usable by this proxy's own probe, or changed since the last report. */
export interface PodReport {
  readonly uid: string;
  /** The phase in force here, which is `ready` again after a revoked or expired arming. */
  readonly phase: PodPhase;
  readonly inFlight: number;
  /** True once a request was sent to it while armed: this instance never acks that generation. */
  readonly revoked: boolean;
  /** True once this proxy may send it requests (Ready in the API, or its own probe succeeded). */
  readonly usable: boolean;
}

export interface WorkloadReport {
  readonly key: WorkloadKey;
  /** Generation of the entry applied here. */
  readonly generation: number;
  /** Time-weighted average of in flight plus held over `periodMs`; quiet requests excluded. */
  readonly concurrency: number;
  /** Now. */
  readonly inFlight: number;
  readonly held: number;
  /** Monotonic since the instance started; quiet requests excluded. */
  readonly arrivals: number;
  readonly completions: number;
  /** ms since the last request ended here; 0 while there is demand, null when none ever did. */
  readonly idleMs: number | null;
  readonly pods: readonly PodReport[];
  /** Set on the report that a wake caused: who woke it, e.g. `curl GET /`, and how long ago it arrived. */
  readonly wake?: { readonly by: string; readonly agoMs: number };
  /** Set once per cold start, when the first held request got its first response byte: stages in ms since its arrival. */
  readonly coldStart?: ColdStart;
  /** Set while every API-Ready pod is unreachable from here. */
  readonly unreachable?: boolean;
}

/** Stages of one cold start as the proxy saw them, in ms since the first request's arrival. */
export interface ColdStart {
  readonly by: string;
  /** A pod first appeared in the table. */
  readonly podMs: number | null;
  /** Its probe (or the API) first said it can be used. */
  readonly portMs: number | null;
  readonly firstByteMs: number;
}

/** One event of `GET /v1/reports`: `data:` carries this as JSON. An absent workload has no demand and no news. */
export interface Report {
  /** New per process start of the proxy. */
  readonly instance: string;
  /** Newest pair accepted. An absent entry means zero demand only from here on. */
  readonly applied: Fence;
  /** ms this report covers: since the previous report on this stream, or since the stream began. */
  readonly periodMs: number;
  /** True for the 1 s beat, false for one sent early because of news. */
  readonly beat: boolean;
  readonly workloads: readonly WorkloadReport[];
}
