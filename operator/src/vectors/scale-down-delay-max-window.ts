/** Section `scale_down_delay_max_window`: the sliding maximum, by ticks and by time. */
import { MaxWindow, TimeMaxWindow } from '../autoscale/max-window.ts';
import { listOf, numberOf, objectOf } from './json-value.ts';
import type { Section } from './section.ts';

export const scaleDownDelayMaxWindow: Section = {
  name: 'scale_down_delay_max_window',
  lists: ['window_cases', 'time_window_cases'],
  run(vector, list) {
    if (list === 'window_cases') {
      const window = new MaxWindow(numberOf(vector.window_buckets, 1));
      const values = listOf(vector.values);
      const got = listOf(vector.indexes).map((index, position) => {
        window.record(numberOf(index, 0), numberOf(values[position], 0));
        return window.current();
      });
      return { expected: vector.expected_current_after_each, got };
    }
    const window = new TimeMaxWindow(numberOf(vector.duration_s, 0) * 1000, numberOf(vector.granularity_s, 1) * 1000);
    for (const record of listOf(vector.records).map(objectOf)) {
      window.record(numberOf(record.t_s, 0) * 1000, numberOf(record.value, 0));
    }
    return { expected: vector.expected_current, got: window.current() };
  },
};
