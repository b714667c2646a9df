/** The operator's HTTP API: what `GET /api/...` answers and `GET /api/events` streams. */
import type { ColdStart, WorkloadState } from './wire.ts';

export interface WorkloadStatus {
  readonly namespace: string;
  readonly name: string;
  readonly state: WorkloadState;
  /** True when only observed: adopted by Knative keys alone and not yet routed, owned by another autoscaler, and so on. */
  readonly unmanaged: string | null;
  /** What the autoscaler decided; null before its first decision. */
  readonly desired: number | null;
  /** `spec.replicas` in the API. */
  readonly replicas: number;
  readonly ready: number;
  readonly held: number;
  readonly inFlight: number;
  /** Requests per second over the last full second. */
  readonly rps: number;
  readonly metric: 'concurrency' | 'rps';
  /** Stable average of the metric over the window. */
  readonly observed: number;
  /** Target per pod, utilization included. */
  readonly target: number;
  readonly minScale: number;
  /** 0 = no limit. */
  readonly maxScale: number;
  /** Hosts and host/path patterns in force. */
  readonly hosts: readonly string[];
  /** A URL that works from here, where the operator knows the proxy's public address; else null. */
  readonly url: string | null;
  /** ms until victims are armed if nothing arrives; null while there is demand, asleep or not due to sleep. */
  readonly sleepsInMs: number | null;
  readonly blocked: { readonly code: string; readonly message: string } | null;
  readonly problems: readonly string[];
  readonly lastDecision: DecisionRecord | null;
}

/** One rule that moved the number. */
export interface DecisionStep {
  readonly rule: string;
  readonly before: number;
  readonly after: number;
  /** Plain words with the figures used, e.g. `24 in flight / 2 per pod = 12`. */
  readonly why: string;
  /** Annotation that would change this step's result, where there is one. */
  readonly annotation?: string;
}

export interface DecisionRecord {
  /** RFC 3339. */
  readonly at: string;
  readonly cause: 'tick' | 'wake' | 'alarm' | 'settings' | 'sleep' | 'foreign-write';
  readonly from: number;
  readonly to: number;
  readonly inputs: Readonly<Record<string, number | string | boolean | null>>;
  readonly steps: readonly DecisionStep[];
}

/** Replicas went from one number to another, told once the story is complete. */
export interface Transition {
  readonly at: string;
  readonly namespace: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** 0→N by a request: stages in ms since its arrival. */
  readonly coldStart: (ColdStart & { readonly patchedMs: number | null; readonly startedMs: number | null }) | null;
  /** Plain words, e.g. `idle 6 s`. */
  readonly why: string;
}

/** One workload in `GET /api/history`: equally long lists, one figure a step, oldest first, the last taken just now. */
export interface WorkloadHistory {
  readonly namespace: string;
  readonly name: string;
  readonly stepMs: number;
  readonly desired: readonly number[];
  readonly replicas: readonly number[];
  readonly ready: readonly number[];
  /** In flight and held. */
  readonly demand: readonly number[];
}

/** `GET /api/events` (SSE): the event's name is `type`, its data the rest as JSON. */
export type ApiEvent =
  | {
      readonly type: 'snapshot';
      readonly workloads: readonly WorkloadStatus[];
      readonly transitions: readonly Transition[];
    }
  | { readonly type: 'workload'; readonly workload: WorkloadStatus }
  | { readonly type: 'removed'; readonly namespace: string; readonly name: string }
  | { readonly type: 'transition'; readonly transition: Transition };
