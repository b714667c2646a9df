/** Keeps one last pod for the retention period, counted from the decision to sleep. */
import type { Rule } from '../rule.ts';
import { seconds } from '../wording.ts';

export const retention: Rule = {
  name: 'retention',
  apply({ nowMs, idle, replicas, settings }, n) {
    if (n > 0 || replicas === 0 || !idle.due || nowMs >= idle.zeroAtMs) return null;
    return {
      n: 1,
      why: `the last pod stays ${seconds(settings.retentionMs)} after the decision to sleep`,
      annotation: 'autoscaling.knative.dev/scale-to-zero-pod-retention-period',
    };
  },
};
