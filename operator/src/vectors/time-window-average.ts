/** Section `time_window_average`: ring windows, their smoothing coefficient, and rounding. */
import { RingWindow, smoothingCoefficient } from '../autoscale/ring-window.ts';
import { roundToDigits } from '../autoscale/round-to-digits.ts';
import { type JsonObject, listOf, numberOf, objectOf, textOf } from './json-value.ts';
import type { Answer, Section } from './section.ts';

/** Expectations of weighted averages are given to three decimals, those of the coefficient to five or more. */
const WEIGHTED_TOLERANCE = 5e-4;
const COEFFICIENT_TOLERANCE = 5e-6;

function near(expected: unknown, got: number, tolerance: number): unknown {
  return typeof expected === 'number' && Math.abs(expected - got) <= tolerance ? expected : got;
}

function runOperation(window: RingWindow, operation: JsonObject): Answer | null {
  const atMs = numberOf(operation.t_s, 0) * 1000;
  const { expected } = operation;
  switch (textOf(operation.op)) {
    case 'record':
      window.record(atMs, numberOf(operation.value, 0));
      return null;
    case 'average': {
      const got = window.average(atMs);
      return { expected, got: near(expected, got, window.averaging === 'linear' ? 0 : WEIGHTED_TOLERANCE) };
    }
    case 'sum_of_valid_buckets':
      return { expected, got: window.sum(atMs) };
    case 'is_empty':
    case 'empty':
      return { expected, got: window.isEmpty(atMs) };
    case 'resize':
      window.resize(atMs, numberOf(operation.window_s, 0) * 1000);
      return { expected: operation.expected_bucket_count ?? window.bucketCount, got: window.bucketCount };
    default:
      return { expected: `a known operation instead of ${JSON.stringify(operation.op)}`, got: null };
  }
}

function runWindow(vector: JsonObject): Answer {
  const averaging = textOf(vector.algorithm, 'linear') === 'linear' ? 'linear' : 'weighted-exponential';
  const granularityMs = numberOf(vector.granularity_s, 1) * 1000;
  const window = new RingWindow(numberOf(vector.window_s, 60) * 1000, granularityMs, averaging);
  const answers = listOf(vector.ops).map((operation) => runOperation(window, objectOf(operation)));
  const told = answers.filter((answer) => answer !== null);
  return { expected: told.map((answer) => answer.expected), got: told.map((answer) => answer.got) };
}

export const timeWindowAverage: Section = {
  name: 'time_window_average',
  lists: ['cases', 'smoothing_coefficient_cases', 'rounding_cases'],
  run(vector, list) {
    if (list === 'smoothing_coefficient_cases') {
      const expected = vector.exact ?? vector.expected;
      return {
        expected,
        got: near(expected, smoothingCoefficient(numberOf(vector.buckets, 1)), COEFFICIENT_TOLERANCE),
      };
    }
    if (list === 'rounding_cases') {
      return {
        expected: vector.expected,
        got: roundToDigits(numberOf(vector.digits, 0), numberOf(vector.value, 0)),
      };
    }
    return runWindow(vector);
  },
};
