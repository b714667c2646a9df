/** Figures as a table of Markdown. */
import { percentile } from '../../scenarios/percentile.ts';

/** A row: what was measured, and what came out. */
export type Figure = readonly [what: string, ...values: string[]];

/** Of how many, the middle, the 90th and 99th percentile and the largest. */
export function spread(what: string, ms: readonly number[]): Figure {
  const at = (share: number): string => `${percentile(ms, share).toFixed(1)} ms`;
  return [what, `${ms.length}`, `p50 ${at(0.5)}`, `p90 ${at(0.9)}`, `p99 ${at(0.99)}`, `max ${at(1)}`];
}

export function tableOf(rows: readonly Figure[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const lines = rows.map((row) => `| ${Array.from({ length: columns }, (_, at) => row[at] ?? '').join(' | ')} |`);
  const rule = `|${' --- |'.repeat(columns)}`;
  return [`| |${' |'.repeat(columns - 1)}`, rule, ...lines].join('\n');
}
