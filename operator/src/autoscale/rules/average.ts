/** Pods for the stable average of the metric: the starting point of every decision. */
import type { Rule } from '../rule.ts';
import { figure, seconds } from '../wording.ts';

/** Knative's dspc: ceil(stable average / target). Without data the count stays as it is. */
export const average: Rule = {
  name: 'average',
  apply({ observed, settings }) {
    if (observed === null) return null;
    const n = Math.ceil(observed.stable / settings.target);
    const unit = settings.metric === 'rps' ? 'requests per second' : 'at once';
    return {
      n,
      why: `${figure(observed.stable)} ${unit} over ${seconds(settings.windowMs)} / ${figure(settings.target)} per pod = ${n}`,
      annotation: 'autoscaling.knative.dev/target',
    };
  },
};
