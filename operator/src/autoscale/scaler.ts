/**
 * The autoscaler of one workload: reports in, decisions out, no I/O and no clock of its own.
 *
 * The controller calls, all with `nowMs` of one monotonic clock:
 * - `record` for every report of every proxy that has applied the current generation (`demandSample` makes the sample,
 *   also where the report has no entry for the workload);
 * - `decide` each 2 s, on every report that carries a wake, on every report while demand is at or over
 *   `decision.alarm`, when something changed (settings, a foreign write), and at `decision.decideAtMs`;
 * - `wrote` when it has sent a write of `spec.replicas`, so that writes are paced;
 * - `foreignWrite`, `wakeByHand`, `forget`, `configure` when those happen.
 *
 * A decision above `replicas` is written at `writeAtMs` at the earliest; one below is carried out by the handshake.
 */
import type { DecisionRecord } from '@rouse/contract';
import { DecisionRing } from './decision-ring.ts';
import type { DemandSample } from './demand-sample.ts';
import { foldRules } from './fold.ts';
import { type IdleState, idleState } from './idle.ts';
import { panicAlarm } from './panic-alarm.ts';
import type { RuleContext, RuleMemory } from './rule.ts';
import { initialMemory, recentWishes } from './rule-memory.ts';
import { rules } from './rules.ts';
import type { ScaleSettings } from './scale-settings.ts';
import { WorkloadDemand } from './workload-demand.ts';

/** At most one write of `spec.replicas` upwards in this time. */
export const WRITE_SPACING_MS = 50;
/** Decisions kept per workload. */
const KEPT_DECISIONS = 50;
/** Longest that pods asked for by hand are waited for; as long as a request waits by default. */
const MOST_BY_HAND_MS = 300_000;

/** What the API and the proxies show of the workload at the moment of a decision. */
export interface ScaleFacts {
  /** `spec.replicas`. */
  readonly replicas: number;
  /** Ready by the API, not terminating. */
  readonly readyPods: number;
  /** A pod can be sent requests now, by the API or by a proxy's own probe. */
  readonly usable: boolean;
  /** It had a ready pod at any time this operator knows of, or its status says so. */
  readonly everReady: boolean;
  /** `spec.replicas` when it was first seen. */
  readonly firstSeenReplicas: number;
  /** Member proxies whose demand is not known now. */
  readonly unknownMembers: readonly string[];
  /** Those that hold up sleep alone: lost with their nodes, but not for long. Default none. */
  readonly unknownForZero?: readonly string[];
  /** False when no route leads to it; default true. */
  readonly reachable?: boolean;
  /** Unix ms, for the record. */
  readonly wallMs: number;
}

export interface SleepDecision {
  /** `sleep`: go to zero; `retention`: idle, and one last pod stays for now; `none`: neither. */
  readonly kind: 'none' | 'retention' | 'sleep';
  /** The window and the delay have passed without demand. */
  readonly due: boolean;
  /** ms until victims would be armed for zero if nothing arrives; null when it is not on its way to zero. */
  readonly sleepsInMs: number | null;
}

export interface Decision {
  readonly desired: number;
  /** False when nothing is known yet: no report within a window and nothing that asks for pods. */
  readonly known: boolean;
  /** The desired count differs from the decision before; such records are kept in the ring. */
  readonly changed: boolean;
  readonly record: DecisionRecord;
  readonly waking: boolean;
  readonly panicking: boolean;
  readonly sleep: SleepDecision;
  /** Demand in one proxy at which panic would start, to be pushed with the workload; null = never (rps). */
  readonly alarm: number | null;
  /** Earliest time to write `desired`; null when `spec.replicas` is that already. */
  readonly writeAtMs: number | null;
  /** When to decide again even if nothing happens before; null = the next tick will do. */
  readonly decideAtMs: number | null;
  readonly inFlight: number;
  readonly held: number;
  /** Arrivals of the last second. */
  readonly rps: number;
  /** Stable average of the metric; 0 without data. */
  readonly observed: number;
  readonly target: number;
}

export interface ScalerStart {
  readonly nowMs: number;
  readonly settings: ScaleSettings;
  /** Ready pods found: with more than one it begins in panic, as Knative does, so that lost history cannot shrink it. */
  readonly readyPods: number;
}

export interface Scaler {
  record(nowMs: number, sample: DemandSample): void;
  /** The proxy left the members for good. */
  forget(nowMs: number, member: string): void;
  configure(nowMs: number, settings: ScaleSettings): void;
  /** Somebody else wrote `spec.replicas`: idle clock and scale-down-delay start again. */
  foreignWrite(nowMs: number, replicas: number): void;
  /** A person asked for it, or looks at its waiting page: one pod at least until it was usable, then a full window. */
  wakeByHand(nowMs: number): void;
  decide(nowMs: number, facts: ScaleFacts, cause: DecisionRecord['cause']): Decision;
  /** A write was sent to the API at `nowMs`. */
  wrote(nowMs: number): void;
  /** Decisions that changed the desired count, oldest first. */
  decisions(): readonly DecisionRecord[];
  /** The last desired count; null before the first decision that knows anything (Knative's -1). */
  readonly desired: number | null;
  readonly settings: ScaleSettings;
}

export function createScaler(start: ScalerStart): Scaler {
  return new WorkloadScaler(start);
}

class WorkloadScaler implements Scaler {
  settings: ScaleSettings;
  desired: number | null = null;
  readonly #demand: WorkloadDemand;
  readonly #memory: RuleMemory;
  readonly #ring = new DecisionRing(KEPT_DECISIONS);
  readonly #startedMs: number;
  #lastWriteMs = Number.NEGATIVE_INFINITY;
  /** Since when pods asked for by hand have not been usable yet. */
  #byHandMs: number | null = null;
  #alarm: number | null = null;

  constructor({ nowMs, settings, readyPods }: ScalerStart) {
    this.settings = settings;
    this.#startedMs = nowMs;
    this.#demand = new WorkloadDemand(nowMs, settings);
    this.#memory = initialMemory(nowMs, settings, readyPods);
  }

  record(nowMs: number, sample: DemandSample): void {
    this.#demand.record(nowMs, sample, this.#alarm);
  }

  forget(nowMs: number, member: string): void {
    this.#demand.forget(nowMs, member);
  }

  configure(nowMs: number, settings: ScaleSettings): void {
    this.#demand.configure(nowMs, settings);
    if (settings.scaleDownDelayMs !== this.settings.scaleDownDelayMs) {
      this.#memory.recent = recentWishes(settings);
      this.#memory.recent?.record(nowMs, this.desired ?? 0);
    }
    this.settings = settings;
  }

  foreignWrite(nowMs: number, replicas: number): void {
    this.#demand.touch(nowMs);
    this.#memory.recent = recentWishes(this.settings);
    this.#memory.recent?.record(nowMs, replicas);
    this.#memory.zeroByHand = replicas === 0;
    this.#byHandMs = replicas === 0 ? null : nowMs;
  }

  wakeByHand(nowMs: number): void {
    this.#demand.touch(nowMs);
    this.#memory.wish = Math.max(1, this.#memory.wish);
    this.#byHandMs = nowMs;
  }

  wrote(nowMs: number): void {
    this.#lastWriteMs = nowMs;
  }

  decisions(): readonly DecisionRecord[] {
    return this.#ring.list();
  }

  decide(nowMs: number, facts: ScaleFacts, cause: DecisionRecord['cause']): Decision {
    const context = this.#context(nowMs, facts, cause);
    const { n: desired, steps } = foldRules(rules, context, facts.replicas);
    const known = context.observed !== null || context.waking || desired !== facts.replicas;
    const record: DecisionRecord = {
      at: new Date(facts.wallMs).toISOString(),
      cause,
      from: facts.replicas,
      to: desired,
      inputs: this.#inputs(context),
      steps,
    };
    const changed = known && desired !== this.desired;
    if (changed) {
      this.#ring.push(record);
      this.desired = desired;
    }
    this.#alarm = panicAlarm(this.settings, facts.readyPods, this.#demand.memberCount);
    const writeAtMs = this.#writeAtMs(nowMs, facts.replicas, desired);
    return {
      desired,
      known,
      changed,
      record,
      waking: context.waking,
      panicking: this.#memory.panicSinceMs !== null,
      sleep: sleepDecision(context.idle, nowMs, facts.replicas, desired),
      alarm: this.#alarm,
      writeAtMs,
      decideAtMs: nextDecisionMs(context, writeAtMs),
      inFlight: this.#demand.inFlight,
      held: this.#demand.held,
      rps: context.arrivalsLastSecond,
      observed: context.observed?.stable ?? 0,
      target: this.settings.target,
    };
  }

  #context(nowMs: number, facts: ScaleFacts, cause: DecisionRecord['cause']): RuleContext {
    this.#keepByHand(nowMs, facts.usable);
    const { demand } = this.#demand;
    const reachable = facts.reachable ?? true;
    const warmAtMs = this.#startedMs + this.settings.windowMs;
    const sinceMs = demand > 0 ? nowMs : this.#demand.endedMs;
    const observed = this.#demand.observed(nowMs);
    // Without any report for a whole window nothing is known, however many proxies there are.
    const unknownMembers =
      observed === null && facts.unknownMembers.length === 0 ? ['any proxy'] : facts.unknownMembers;
    const unknownForZero = unknownMembers.length + (facts.unknownForZero?.length ?? 0);
    const idle = idleState(
      nowMs,
      { sinceMs, demand, replicas: facts.replicas, unknownMembers: unknownForZero, reachable, warmAtMs },
      this.settings,
    );
    const wanted = demand > 0 || facts.replicas > 0 || this.#memory.wish > 0;
    return {
      nowMs,
      cause,
      settings: this.settings,
      replicas: facts.replicas,
      readyPods: facts.readyPods,
      demand,
      arrivalsLastSecond: this.#demand.arrivalsLastSecond,
      observed,
      waking: wanted && !facts.usable && !idle.due,
      reachable,
      idle,
      unknownMembers,
      warmAtMs,
      everReady: facts.everReady,
      firstSeenReplicas: facts.firstSeenReplicas,
      memory: this.#memory,
    };
  }

  /** The window of what was asked for by hand begins once it is usable: a slow start must not use it up. */
  #keepByHand(nowMs: number, usable: boolean): void {
    if (this.#byHandMs === null) return;
    if (usable || nowMs - this.#byHandMs >= MOST_BY_HAND_MS) this.#byHandMs = null;
    else this.#demand.touch(nowMs);
  }

  #inputs(context: RuleContext): DecisionRecord['inputs'] {
    return {
      metric: this.settings.metric,
      stable: context.observed?.stable ?? null,
      panic: context.observed?.panic ?? null,
      target: this.settings.target,
      demand: context.demand,
      replicas: context.replicas,
      ready: context.readyPods,
      waking: context.waking,
      panicking: this.#memory.panicSinceMs !== null,
      idleMs: context.demand > 0 ? 0 : Math.round(context.nowMs - context.idle.sinceMs),
    };
  }

  #writeAtMs(nowMs: number, replicas: number, desired: number): number | null {
    if (desired === replicas) return null;
    return desired > replicas ? Math.max(nowMs, this.#lastWriteMs + WRITE_SPACING_MS) : nowMs;
  }
}

function sleepDecision(idle: IdleState, nowMs: number, replicas: number, desired: number): SleepDecision {
  const { due, sleepsInMs } = idle;
  if (!due || replicas === 0) return { kind: 'none', due, sleepsInMs };
  if (desired === 0) return { kind: 'sleep', due, sleepsInMs };
  return { kind: nowMs < idle.zeroAtMs && sleepsInMs !== null ? 'retention' : 'none', due, sleepsInMs };
}

/** The next moment at which time alone changes the outcome. */
function nextDecisionMs({ nowMs, idle, warmAtMs }: RuleContext, writeAtMs: number | null): number | null {
  const moments = [writeAtMs ?? 0, warmAtMs];
  if (idle.sleepsInMs !== null) moments.push(idle.dueAtMs, idle.zeroAtMs);
  const ahead = moments.filter((moment) => moment > nowMs);
  return ahead.length === 0 ? null : Math.min(...ahead);
}
