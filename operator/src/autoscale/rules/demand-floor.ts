/** Any demand at all is worth one pod. */
import type { Rule } from '../rule.ts';

export const demandFloor: Rule = {
  name: 'demand-floor',
  apply({ demand }, n) {
    return demand > 0 && n === 0 ? { n: 1, why: `${demand} requests in flight or held` } : null;
  },
};
