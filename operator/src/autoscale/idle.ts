/** When a workload may sleep: not a sampled zero, but the last request ended long enough ago on every proxy. */
import type { ScaleSettings } from './scale-settings.ts';

export interface IdleFacts {
  /** When the last request ended anywhere, or what counts as such (adoption, a foreign write, a wake by hand). */
  readonly sinceMs: number;
  readonly demand: number;
  readonly replicas: number;
  readonly unknownMembers: number;
  readonly reachable: boolean;
  readonly warmAtMs: number;
}

export interface IdleState {
  readonly sinceMs: number;
  /** Stable window and scale-down-delay have passed without demand. */
  readonly due: boolean;
  /** When that is or was the case: the moment of the decision to sleep. */
  readonly dueAtMs: number;
  /** When the last pod's retention ends; equals `dueAtMs` without one. */
  readonly zeroAtMs: number;
  /** ms until victims are armed for zero if nothing arrives; null when it is not on its way to zero. */
  readonly sleepsInMs: number | null;
}

/** Pure: facts and settings in, the sleep decision out. An unreachable workload has neither delay nor retention. */
export function idleState(nowMs: number, facts: IdleFacts, settings: ScaleSettings): IdleState {
  const delayMs = facts.reachable ? settings.scaleDownDelayMs : 0;
  const retentionMs = facts.reachable ? settings.retentionMs : 0;
  const minScale = facts.reachable ? settings.minScale : 0;
  const dueAtMs = Math.max(facts.sinceMs + settings.windowMs + delayMs, facts.warmAtMs);
  const zeroAtMs = dueAtMs + retentionMs;
  const due = facts.demand === 0 && facts.unknownMembers === 0 && nowMs >= dueAtMs;
  const onItsWay =
    facts.demand === 0 &&
    facts.unknownMembers === 0 &&
    facts.replicas > 0 &&
    minScale === 0 &&
    settings.enableScaleToZero &&
    settings.paused === null;
  return {
    sinceMs: facts.sinceMs,
    due,
    dueAtMs,
    zeroAtMs,
    sleepsInMs: onItsWay ? Math.max(0, zeroAtMs - nowMs) : null,
  };
}
