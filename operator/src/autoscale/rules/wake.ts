/** While no pod is usable: as many pods as the waiting requests need, rising only. */
import type { Rule, RuleContext } from '../rule.ts';
import { figure } from '../wording.ts';

/** Pods for what waits now: demand over the target; with rps the arrivals of the last second; at least 1 while anything waits. */
export function wakeWish({ settings, demand, arrivalsLastSecond }: RuleContext): number {
  if (demand === 0) return 0;
  const load = settings.metric === 'rps' ? arrivalsLastSecond : demand;
  return Math.max(1, Math.ceil(load / settings.target));
}

export const wake: Rule = {
  name: 'wake',
  apply(context, n) {
    const { memory, replicas, settings } = context;
    if (!context.waking) {
      memory.wish = 0;
      return null;
    }
    memory.wish = Math.max(memory.wish, wakeWish(context), replicas);
    if (memory.wish <= n) return null;
    const load =
      settings.metric === 'rps'
        ? `${figure(context.arrivalsLastSecond)} arrived in the last second`
        : `${context.demand} waiting`;
    const why =
      wakeWish(context) === memory.wish
        ? `${load} / ${figure(settings.target)} per pod = ${memory.wish}`
        : `waking: ${memory.wish} asked for, not lowered before a pod is usable`;
    return { n: memory.wish, why, annotation: 'autoscaling.knative.dev/target' };
  },
};
