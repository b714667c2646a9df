/** Figures and durations as the decision records say them. */

/** At most two decimals: `24`, `0.7`, `1.33`; what would round to nothing is said to be little, not none. */
export function figure(value: number): string {
  if (value > 0 && value < 0.005) return 'under 0.01';
  return String(Math.round(value * 100) / 100);
}

/** Milliseconds as seconds: `6 s`, `0.25 s`. */
export function seconds(ms: number): string {
  return `${figure(ms / 1000)} s`;
}
