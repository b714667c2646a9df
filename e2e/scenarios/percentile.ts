/** Percentiles of measured values, by the nearest rank. */

/** @param share 0–1, e.g. 0.99; NaN for no values */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
