/** After the operator's start, or a workload's adoption, nothing goes down before one full window was seen. */
import type { Rule } from '../rule.ts';
import { seconds } from '../wording.ts';

export const warmUp: Rule = {
  name: 'warm-up',
  apply({ nowMs, warmAtMs, replicas, settings }, n) {
    if (nowMs >= warmAtMs || n >= replicas) return null;
    return {
      n: replicas,
      why: `no scale-down before one full window (${seconds(settings.windowMs)}) was seen`,
      annotation: 'autoscaling.knative.dev/window',
    };
  },
};
