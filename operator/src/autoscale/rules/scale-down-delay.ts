/** Holds the largest count of the last scale-down-delay. */
import type { Rule } from '../rule.ts';
import { seconds } from '../wording.ts';

export const scaleDownDelay: Rule = {
  name: 'scale-down-delay',
  apply({ nowMs, reachable, settings, memory }, n) {
    if (memory.recent === null || !reachable) return null;
    memory.recent.record(nowMs, n);
    return {
      n: memory.recent.current(),
      why: `scale-down waits ${seconds(settings.scaleDownDelayMs)}`,
      annotation: 'autoscaling.knative.dev/scale-down-delay',
    };
  },
};
