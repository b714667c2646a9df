/** The workload's own greatest number of pods; 0 is no limit. */
import type { Rule } from '../rule.ts';

/** Rules whose floor outranks this ceiling: Knative tests the lower bound first and then leaves the count alone. */
const floors: readonly string[] = ['min-scale', 'initial-scale'];

export const maxScale: Rule = {
  name: 'max-scale',
  apply({ settings }, n, steps) {
    if (settings.maxScale === 0 || n <= settings.maxScale) return null;
    if (floors.includes(steps.at(-1)?.rule ?? '')) return null;
    return {
      n: settings.maxScale,
      why: `never more than ${settings.maxScale}`,
      annotation: 'autoscaling.knative.dev/max-scale',
    };
  },
};
