/** The workload's own least number of pods. */
import type { Rule } from '../rule.ts';

export const minScale: Rule = {
  name: 'min-scale',
  apply({ settings, reachable }, n) {
    if (!reachable || n >= settings.minScale) return null;
    return {
      n: settings.minScale,
      why: `never fewer than ${settings.minScale}`,
      annotation: 'autoscaling.knative.dev/min-scale',
    };
  },
};
