/** A rule of the decision: a named step that may move the wished replica count, and says why. */
import type { DecisionRecord, DecisionStep } from '@rouse/contract';
import type { IdleState } from './idle.ts';
import type { TimeMaxWindow } from './max-window.ts';
import type { ScaleSettings } from './scale-settings.ts';

/** What rules remember from one decision to the next. Only the rule named beside a field writes it. */
export interface RuleMemory {
  /** `panic`: since when, null = not panicking; moved forward while over the threshold. */
  panicSinceMs: number | null;
  /** `panic`: largest count wished since panic began. */
  panicMost: number;
  /** `scale-down-delay`: recent wishes; null without a delay. */
  recent: TimeMaxWindow | null;
  /** `stay-at-zero`: somebody else wrote zero, and nothing was wanted since. */
  zeroByHand: boolean;
  /** `wake`: largest wish since waking began, 0 = not waking. */
  wish: number;
}

/** Everything a decision depends on; times are ms of the operator's monotonic clock. */
export interface RuleContext {
  readonly nowMs: number;
  readonly cause: DecisionRecord['cause'];
  readonly settings: ScaleSettings;
  /** `spec.replicas` in the API. */
  readonly replicas: number;
  readonly readyPods: number;
  /** In flight plus held, over all proxies, now. */
  readonly demand: number;
  /** Requests that arrived within the last second, over all proxies. */
  readonly arrivalsLastSecond: number;
  /** Averages of the metric; null when no report came for a whole window. */
  readonly observed: { readonly stable: number; readonly panic: number } | null;
  /** Somebody wants the workload and no pod is usable. */
  readonly waking: boolean;
  /** False: no route leads to it, so that floors, delays and retention do not apply (Knative's Reachable). */
  readonly reachable: boolean;
  readonly idle: IdleState;
  /** Names of member proxies that have not reported for too long. */
  readonly unknownMembers: readonly string[];
  /** No scale-down before this time. */
  readonly warmAtMs: number;
  /** Whether it ever had a ready pod, and how many replicas it had when first seen. */
  readonly everReady: boolean;
  readonly firstSeenReplicas: number;
  readonly memory: RuleMemory;
}

export interface RuleOutcome {
  readonly n: number;
  /** Plain words with the figures used. */
  readonly why: string;
  /** Annotation that would change the outcome. */
  readonly annotation?: string;
}

export interface Rule {
  readonly name: string;
  /** New count, or null to leave it. `n` is a whole number >= 0; `steps` are the moves made before. */
  apply(context: RuleContext, n: number, steps: readonly DecisionStep[]): RuleOutcome | null;
}
