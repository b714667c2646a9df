/** Who scales to zero by hand means it: from there only a request wakes, not the average of those before. */
import type { Rule } from '../rule.ts';

export const stayAtZero: Rule = {
  name: 'stay-at-zero',
  apply({ replicas, demand, memory }) {
    if (replicas > 0 || demand > 0 || memory.wish > 0) memory.zeroByHand = false;
    return memory.zeroByHand ? { n: 0, why: 'set to zero by hand, and no request waits' } : null;
  },
};
