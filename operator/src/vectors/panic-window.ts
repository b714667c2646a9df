/** Section `panic_window`: the panic window from the stable one and a percentage. */
import { panicWindowMs } from '../autoscale/scale-settings.ts';
import { numberOf, objectOf } from './json-value.ts';
import { compareFields, type Section } from './section.ts';

export const panicWindow: Section = {
  name: 'panic_window',
  lists: ['cases'],
  run(vector) {
    const windowMs = numberOf(vector.stable_window_s, 60) * 1000;
    const panicMs = panicWindowMs(windowMs, numberOf(vector.panic_window_percentage, 10));
    return compareFields(objectOf(vector.expected), { panic_window_s: panicMs / 1000 }, ['panic_window_s']);
  },
};
