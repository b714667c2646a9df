/** How much a figure grows: the straight line of least squares through its samples. */

export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

const TEN_MINUTES_MS = 600_000;

/** Growth per ten minutes, in the value's unit; 0 for fewer than two samples. */
export function slopePerTenMinutes(samples: readonly Sample[]): number {
  const meanAt = mean(samples.map(({ atMs }) => atMs));
  const meanValue = mean(samples.map(({ value }) => value));
  let both = 0;
  let squares = 0;
  for (const { atMs, value } of samples) {
    both += (atMs - meanAt) * (value - meanValue);
    squares += (atMs - meanAt) ** 2;
  }
  return squares === 0 ? 0 : (both / squares) * TEN_MINUTES_MS;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
