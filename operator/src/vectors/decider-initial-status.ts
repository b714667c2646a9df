/** Section `decider_initial_status`: the desired scale right after creation, before any decision. */
import { DEFAULT_SCALE_SETTINGS } from '../autoscale/scale-settings.ts';
import { createScaler } from '../autoscale/scaler.ts';
import { numberOf, objectOf } from './json-value.ts';
import type { Section } from './section.ts';

/** Upstream's number for "not yet decided". */
const UNKNOWN = -1;

export const deciderInitialStatus: Section = {
  name: 'decider_initial_status',
  lists: ['cases'],
  run(vector) {
    const asserted = {
      ...vector,
      ...objectOf(vector.expected),
      ...objectOf(objectOf(vector.expected).status),
    };
    const field = Object.keys(asserted).find((name) => /^desired/i.test(name.replaceAll('_', '')));
    const scaler = createScaler({
      nowMs: 0,
      settings: DEFAULT_SCALE_SETTINGS,
      readyPods: numberOf(vector.ready_pods, 0),
    });
    return {
      expected: { desired_scale: field === undefined ? UNKNOWN : objectOf(asserted)[field] },
      got: { desired_scale: scaler.desired ?? UNKNOWN },
    };
  },
};
