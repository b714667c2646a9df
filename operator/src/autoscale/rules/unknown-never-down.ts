/** A proxy that does not report may be busy: no scale-down while any is silent. */
import type { Rule } from '../rule.ts';

export const unknownNeverDown: Rule = {
  name: 'unknown-never-down',
  apply({ unknownMembers, replicas }, n) {
    if (unknownMembers.length === 0 || n >= replicas) return null;
    return { n: replicas, why: `no report from ${unknownMembers.join(', ')}: no scale-down` };
  },
};
