/** A plot of one line for a terminal. */

const BARS = '▁▂▃▄▅▆▇█';

/** One bar for each value, from the least to the most; empty for none. */
export function sparkline(values: readonly number[]): string {
  const least = Math.min(...values);
  const range = Math.max(...values) - least || 1;
  return values.map((value) => BARS[Math.round(((value - least) / range) * (BARS.length - 1))]).join('');
}
