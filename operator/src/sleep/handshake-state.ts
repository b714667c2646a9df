/** States, events and effects of the handshake by which pods leave without losing a request. */
import type { PodReport } from '@rouse/contract';

/** What is to be done: to zero, or to `to` > 0 by taking `victims` away. */
export interface HandshakePlan {
  readonly kind: 'zero' | 'shrink';
  /** `spec.replicas` as read; the patch tests it. */
  readonly seen: number;
  readonly to: number;
  /** UIDs; for `zero` every pod known now. */
  readonly victims: readonly string[];
  /** Longest a victim may keep finishing its requests. */
  readonly drainTimeoutMs: number;
  /** pod-deletion-cost may be written: the patch then waits until the controller will have seen it. */
  readonly costs: boolean;
}

/** A proxy whose word is needed. `instance` is null until it said one. */
export interface HandshakeMember {
  readonly id: string;
  readonly instance: string | null;
}

/** What one member was sent and has confirmed since this handshake began. */
export interface MemberProgress {
  readonly id: string;
  readonly instance: string | null;
  /** Generations of this handshake sent to it, with the first time each was sent. */
  readonly sent: ReadonlyMap<number, { readonly phase: 'armed' | 'closed'; readonly sentAtMs: number }>;
  /** Newest valid word that the victims are armed: requests still on them. */
  readonly armed: { readonly inFlight: number } | null;
  /** Newest valid word that the victims are closed; its age counts from when the PUT it answers was sent. */
  readonly closed: { readonly inFlight: number; readonly sentAtMs: number } | null;
}

interface Running {
  readonly plan: HandshakePlan;
  readonly startedMs: number;
  readonly members: readonly MemberProgress[];
}

/**
 * `open`: none under way. `armed`, `closed`: pods in that phase, nothing sent to the API. `patching`: the patch may be
 * under way. `unsure`: it got no answer, or an earlier leader may have sent one. `after`: it may have been applied, so
 * each victim stays closed until it is gone or proven to stay.
 */
export type HandshakeState =
  | { readonly step: 'open' }
  | (Running & { readonly step: 'armed'; readonly costs: CostState })
  | (Running & {
      readonly step: 'closed';
      readonly costs: CostState;
      readonly closedMs: number;
      readonly pushedMs: number;
    })
  | { readonly step: 'patching'; readonly plan: HandshakePlan; readonly sentMs: number; readonly pods: AfterPods }
  | { readonly step: 'unsure'; readonly plan: HandshakePlan; readonly untilMs: number; readonly pods: AfterPods }
  | {
      readonly step: 'after';
      readonly plan: HandshakePlan;
      readonly pods: AfterPods;
      /** When the patch's fate was settled: reads asked before say nothing. */
      readonly settledMs: number;
      /** Since when Deployment and ReplicaSet have observed the specs now wanted; null while they lag. */
      readonly caughtUpMs: number | null;
      readonly askedMs: number;
    };

export interface CostState {
  /** Victims whose cost our own watch has shown. */
  readonly seen: ReadonlySet<string>;
  /** When the last of them was shown; null while some are missing. */
  readonly allSeenMs: number | null;
}

/** Pods after a patch that may have been sent. */
export interface AfterPods {
  /** Neither gone nor proven to stay. */
  readonly waiting: ReadonlySet<string>;
  /** Read after the controllers caught up, and not being deleted: these are open again. */
  readonly cleared: ReadonlySet<string>;
}

export type HandshakeEvent =
  /** Starts one; only in `open`. */
  | { readonly type: 'begin'; readonly plan: HandshakePlan; readonly members: readonly HandshakeMember[] }
  /** A PUT that carries the victims in `phase` is being sent to a member. */
  | {
      readonly type: 'pushed';
      readonly member: string;
      readonly generation: number;
      readonly phase: 'armed' | 'closed';
      readonly sentAtMs: number;
    }
  /** A report: the generation of the workload's entry in force there, its held requests and its pods. */
  | {
      readonly type: 'report';
      readonly member: string;
      readonly instance: string;
      readonly generation: number;
      readonly held: number;
      readonly pods: readonly PodReport[];
    }
  /** The proxies whose word is needed now, after one joined, left, restarted or was excused. */
  | { readonly type: 'members'; readonly members: readonly HandshakeMember[] }
  /** Somebody wants the workload that is going to zero. */
  | { readonly type: 'arrival' }
  | { readonly type: 'foreign-write' }
  /** A new template, a second live ReplicaSet, or a lagging observedGeneration. */
  | { readonly type: 'rollout' }
  /** The autoscaler's newest wish. */
  | { readonly type: 'desired'; readonly replicas: number }
  /** The ReplicaSet controller would now take other pods than the plan's victims. */
  | { readonly type: 'victims-changed' }
  | { readonly type: 'costs-seen'; readonly uids: readonly string[] }
  | { readonly type: 'costs-failed'; readonly message: string }
  /** `rejected`: an answer that proves it was not applied (4xx); `unknown`: no answer, or 5xx. */
  | { readonly type: 'patch-result'; readonly result: 'applied' | 'rejected' | 'unknown' }
  /**
   * From a read asked at `askedMs`: whether Deployment and live ReplicaSet have observed the specs now wanted
   * (observedGeneration, and `status.replicas` of the ReplicaSet equal to its spec). Send `false` before every write
   * of a new spec.
   */
  | { readonly type: 'caught-up'; readonly caughtUp: boolean; readonly askedMs: number }
  /** A GET of a pod, asked at `askedMs`; `deleting`: has a deletionTimestamp or is gone. */
  | { readonly type: 'pod-read'; readonly uid: string; readonly askedMs: number; readonly deleting: boolean }
  | { readonly type: 'pod-appeared'; readonly uid: string }
  /** Our watch shows it deleted or with a deletionTimestamp. */
  | { readonly type: 'pod-gone'; readonly uid: string }
  | { readonly type: 'lease-lost' }
  | { readonly type: 'tick' };

export type HandshakeEffect =
  /** The phases changed (or need a fresh word): push the workload's entry to every member under a new generation. */
  | { readonly type: 'push' }
  /** Write pod-deletion-cost below every sibling's. */
  | { readonly type: 'write-costs'; readonly uids: readonly string[] }
  | { readonly type: 'remove-costs'; readonly uids: readonly string[] }
  /** Patch `/scale`, at once: when it has not been sent by `notAfterMs` answer `rejected` instead. */
  | {
      readonly type: 'patch';
      readonly seen: number;
      readonly to: number;
      readonly testResourceVersion: boolean;
      readonly notAfterMs: number;
      readonly victims: readonly string[];
    }
  /** Read the Deployment and ReplicaSet again, and answer with `caught-up`. */
  | { readonly type: 'reread' }
  /** GET these pods, and answer with `pod-read`. */
  | { readonly type: 'read-pods'; readonly uids: readonly string[] }
  /** Nothing was removed: victims are open again. */
  | { readonly type: 'abandoned'; readonly reason: string }
  /** Every pod of it is gone or open again. */
  | { readonly type: 'done' };

export interface HandshakeStep {
  readonly state: HandshakeState;
  readonly effects: readonly HandshakeEffect[];
}

export const OPEN: HandshakeState = { step: 'open' };

/** `?timeout=` of the patch: after this the API server has applied it or never will. */
export const PATCH_TIMEOUT_MS = 3_000;
/** Oldest word a patch may rest on, counted from when the PUT it answers was sent. */
export const ACK_LIFE_MS = 10_000;
/** The ReplicaSet controller reads costs from a cache; it is given this long after our own watch showed them. */
export const COST_SETTLE_MS = 1_000;
/** A closed PUT is repeated at this age while words are missing, well within their life. */
export const RENEW_MS = 4_000;
/** A proxy that does not confirm `closed` for this long is waited for no longer: arrivals should not be held for it. */
export const CLOSE_PATIENCE_MS = 15_000;
/** Pods are read again at most this often while they neither go nor prove to stay. */
export const REREAD_MS = 200;
