/** Keeps one decision within max-scale-up-rate and max-scale-down-rate of the ready pods. */
import type { Rule, RuleContext } from '../rule.ts';
import { figure } from '../wording.ts';

/**
 * Knative's range: at least floor(ready / down rate) while reachable, at most ceil(up rate × ready), with at least
 * one pod counted as ready. The rounding lets a small rate still move by one pod.
 */
export function limitRate({ settings, readyPods, reachable }: RuleContext, wanted: number): number {
  const ready = Math.max(1, readyPods);
  const most = Math.ceil(settings.maxScaleUpRate * ready);
  const fewest = reachable ? Math.floor(ready / settings.maxScaleDownRate) : 0;
  return Math.min(Math.max(wanted, fewest), most);
}

export const rateLimits: Rule = {
  name: 'rate-limits',
  apply(context, n) {
    if (context.observed === null) return null;
    const limited = limitRate(context, n);
    const { maxScaleUpRate, maxScaleDownRate } = context.settings;
    const why =
      limited < n
        ? `at most ${figure(maxScaleUpRate)} × ${Math.max(1, context.readyPods)} ready pods at once`
        : `at least ${context.readyPods} ready pods / ${figure(maxScaleDownRate)} at once`;
    return { n: limited, why };
  },
};
