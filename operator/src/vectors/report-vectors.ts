/** The report of a vectors run, as lines for a terminal; the last one has the totals. */
import type { CaseResult, VectorsResult } from './run-vectors.ts';

function count(cases: readonly CaseResult[], outcome: CaseResult['outcome']): number {
  return cases.filter((result) => result.outcome === outcome).length;
}

export function reportVectors(result: VectorsResult): { readonly lines: readonly string[]; readonly failed: number } {
  const lines: string[] = [];
  for (const { name, cases } of result.sections) {
    const listed = count(cases, 'listed') + count(cases, 'different');
    lines.push(`${name}: ${cases.length} cases run, ${count(cases, 'failed')} failed, ${listed} listed as different`);
    for (const failure of cases.filter((each) => each.outcome === 'failed')) {
      lines.push(
        `  FAILED ${failure.id}: expected ${JSON.stringify(failure.expected)}, got ${JSON.stringify(failure.got)}`,
      );
    }
    for (const each of cases.filter(({ outcome }) => outcome === 'different')) {
      lines.push(
        `  DIFFERENT ${each.id}: expected ${JSON.stringify(each.expected)}, got ${JSON.stringify(each.got)}: ${each.different}`,
      );
    }
  }
  for (const name of result.skipped) lines.push(`${name}: skipped, not run by this command`);
  const all = result.sections.flatMap((section) => section.cases);
  const failed = count(all, 'failed');
  const byInputs = count(all, 'different');
  if (byInputs > 0) {
    lines.push(
      `${byInputs} of those listed as different turn on what Rouse does not have or refuses (DIFFERENT above)`,
    );
  }
  const listed = count(all, 'listed') + byInputs;
  lines.push(`${count(all, 'passed')} passed, ${failed} failed, ${listed} listed as different`);
  return { lines, failed };
}
