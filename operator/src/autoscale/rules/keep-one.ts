/** Where the cluster forbids zero, one pod stays. */
import type { Rule } from '../rule.ts';

export const keepOne: Rule = {
  name: 'keep-one',
  apply({ settings }, n) {
    if (settings.enableScaleToZero || n > 0) return null;
    return { n: 1, why: 'enable-scale-to-zero is off for this cluster' };
  },
};
