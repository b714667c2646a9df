/** Caps how many pods one write adds while waking, so that a burst cannot ask a cluster for thousands in one go. */
import type { Rule } from '../rule.ts';

export const wakeStep: Rule = {
  name: 'wake-step',
  apply({ waking, replicas, settings }, n) {
    const most = replicas + settings.maxWakeStep;
    return waking && n > most
      ? { n: most, why: `at most ${settings.maxWakeStep} more in one write (--max-wake-step)` }
      : null;
  },
};
