/** Section `initial_scale`: which initial scale applies, the workload's own or the cluster's. */
import { initialScale } from '../autoscale/scale-settings.ts';
import { numberOf, numberOrNull, objectOf } from './json-value.ts';
import { compareFields, type Section } from './section.ts';

export const initialScaleSection: Section = {
  name: 'initial_scale',
  lists: ['cases'],
  run(vector) {
    const own = vector.annotation === undefined || vector.annotation === null ? null : Number(vector.annotation);
    const allowZero = vector.allow_zero === true;
    const got = initialScale(numberOrNull(own), allowZero, numberOf(vector.cluster_initial_scale, 1));
    return compareFields(objectOf(vector.expected), { initial_scale: got }, ['initial_scale']);
  },
};
