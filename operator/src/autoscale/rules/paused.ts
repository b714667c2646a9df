/** Paused by its owner: replicas stay, or go to the count given. */
import type { Rule } from '../rule.ts';

export const paused: Rule = {
  name: 'paused',
  apply({ settings, replicas }) {
    if (settings.paused === null) return null;
    const n = settings.paused === 'hold' ? replicas : settings.paused;
    return { n, why: `paused at ${n}`, annotation: 'rouse.dev/paused' };
  },
};
