/** The cluster's ceiling for every workload; 0 is none. */
import type { Rule } from '../rule.ts';

export const maxScaleLimit: Rule = {
  name: 'max-scale-limit',
  apply({ settings }, n) {
    if (settings.maxScaleLimit === 0 || n <= settings.maxScaleLimit) return null;
    return {
      n: settings.maxScaleLimit,
      why: `never more than ${settings.maxScaleLimit} in this cluster (max-scale-limit)`,
    };
  },
};
