/** Pods to reach once before the workload's first ready pod; only for one first seen with replicas. */
import type { Rule } from '../rule.ts';

export const initialScale: Rule = {
  name: 'initial-scale',
  apply({ settings, reachable, everReady, firstSeenReplicas }, n) {
    const least = settings.initialScale;
    if (least <= 1 || everReady || firstSeenReplicas === 0 || !reachable || n >= least) return null;
    return {
      n: least,
      why: `${least} pods until the first is ready`,
      annotation: 'autoscaling.knative.dev/initial-scale',
    };
  },
};
