/** Figures and durations as the decision records say them. */

/** At most two decimals: `24`, `0.7`, `1.33`. */
export function figure(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Milliseconds as seconds: `6 s`, `0.25 s`. */
export function seconds(ms: number): string {
  return `${figure(ms / 1000)} s`;
}
