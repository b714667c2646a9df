/** The report of a vectors run, as lines for a terminal; the last one has the totals. */
import type { CaseResult, VectorsResult } from './run-vectors.ts';

function count(cases: readonly CaseResult[], outcome: CaseResult['outcome']): number {
  return cases.filter((result) => result.outcome === outcome).length;
}

export function reportVectors(result: VectorsResult): { readonly lines: readonly string[]; readonly failed: number } {
  const lines: string[] = [];
  for (const { name, cases } of result.sections) {
    const listed = count(cases, 'listed');
    lines.push(`${name}: ${cases.length} cases run, ${count(cases, 'failed')} failed, ${listed} listed as different`);
    for (const { id, expected, got, different } of cases.filter((each) => each.outcome === 'failed')) {
      const hint = different === undefined ? '' : ` (turns on: ${different})`;
      lines.push(`  FAILED ${id}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}${hint}`);
    }
  }
  for (const name of result.skipped) lines.push(`${name}: skipped, not run by this command`);
  const all = result.sections.flatMap((section) => section.cases);
  const failed = count(all, 'failed');
  const listed = count(all, 'listed');
  lines.push(`${count(all, 'passed')} passed, ${failed} failed, ${listed} listed as different`);
  return { lines, failed };
}
