/** A surge in the short window: scale for it at once, and do not scale down before it has passed for one stable window. */
import type { Rule, RuleContext } from '../rule.ts';
import { figure, seconds } from '../wording.ts';
import { activate } from './activation-scale.ts';
import { limitRate } from './rate-limits.ts';

/** Knative's dppc: pods for the panic window's average, before any limit. */
function panicPods(context: RuleContext): number {
  return Math.ceil((context.observed?.panic ?? 0) / context.settings.target);
}

/** Enters, extends or leaves panic: left strictly after one stable window below the threshold. */
function movePanic({ nowMs, settings, memory }: RuleContext, over: boolean): void {
  if (over) {
    memory.panicSinceMs = nowMs;
  } else if (memory.panicSinceMs !== null && memory.panicSinceMs + settings.windowMs < nowMs) {
    memory.panicSinceMs = null;
    memory.panicMost = 0;
  }
}

export const panic: Rule = {
  name: 'panic',
  apply(context, n) {
    const { memory, settings, observed } = context;
    if (observed === null) return null;
    const raw = panicPods(context);
    movePanic(context, raw / Math.max(1, context.readyPods) >= settings.panicThreshold);
    if (memory.panicSinceMs === null) return null;
    const forPanic = activate(context, limitRate(context, raw), raw > 0);
    const wanted = Math.max(n, forPanic);
    const why =
      wanted > memory.panicMost
        ? `surge: ${figure(observed.panic)} over ${seconds(settings.panicWindowMs)} / ${figure(settings.target)} per pod = ${raw}`
        : `surge: no scale-down until ${seconds(settings.windowMs)} after it`;
    memory.panicMost = Math.max(memory.panicMost, wanted);
    return { n: memory.panicMost, why, annotation: 'autoscaling.knative.dev/panic-threshold-percentage' };
  },
};
