/** No fewer pods than activation-scale for any want above zero. */
import type { Rule, RuleContext } from '../rule.ts';

/** Raises `wanted` where the unlimited want was above zero, as Knative does for its stable and panic counts alike. */
export function activate({ settings }: RuleContext, wanted: number, wantsAny: boolean): number {
  return settings.activationScale > 1 && wantsAny ? Math.max(wanted, settings.activationScale) : wanted;
}

export const activationScale: Rule = {
  name: 'activation-scale',
  apply(context, n) {
    const wantsAny = (context.observed?.stable ?? 0) > 0 || (context.waking && context.demand > 0);
    return {
      n: activate(context, n, wantsAny),
      why: `never fewer than ${context.settings.activationScale} once there is any demand`,
      annotation: 'autoscaling.knative.dev/activation-scale',
    };
  },
};
