/** A rule context for vectors: an awake workload at rest, with whatever a case says put over it. */
import type { IdleState } from '../autoscale/idle.ts';
import type { RuleContext, RuleMemory } from '../autoscale/rule.ts';
import type { ScaleSettings } from '../autoscale/scale-settings.ts';

export const NOT_IDLE: IdleState = {
  sinceMs: 0,
  due: false,
  dueAtMs: Number.MAX_SAFE_INTEGER,
  zeroAtMs: Number.MAX_SAFE_INTEGER,
  sleepsInMs: null,
};

export function vectorContext(settings: ScaleSettings, memory: RuleMemory, over: Partial<RuleContext>): RuleContext {
  return {
    nowMs: 0,
    cause: 'tick',
    settings,
    replicas: 1,
    readyPods: 1,
    demand: 0,
    arrivalsLastSecond: 0,
    observed: null,
    waking: false,
    reachable: true,
    idle: NOT_IDLE,
    unknownMembers: [],
    warmAtMs: Number.NEGATIVE_INFINITY,
    everReady: true,
    firstSeenReplicas: 1,
    memory,
    ...over,
  };
}
