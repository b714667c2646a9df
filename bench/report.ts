/** The table of all cases and promises, for the terminal and as Markdown. */
import type { Case } from './case.ts';
import { judge, medianOf, ratioOf } from './evaluate.ts';
import { digits } from './format.ts';
import type { PeerName } from './peers/peer.ts';
import type { Results } from './results.ts';

export const PEERS: readonly PeerName[] = ['rouse', 'rouse-data', 'haproxy', 'nginx', 'go', 'node'];

const heading = ['case', 'unit', ...PEERS, 'rouse / haproxy (min–max)'];

/** Lines of cells, the heading first. */
export function figureRows(cases: readonly Case[], results: Results): string[][] {
  const rows = cases.flatMap((one) => {
    const rounds = results.cases[one.name]?.rounds;
    if (rounds === undefined) return [];
    return one.metrics.map(({ key, title, unit }) => {
      // Added latencies are differences, and may be about nothing: their ratio says nothing.
      const ratio = unit === 'ms' ? undefined : ratioOf(rounds, 'rouse', 'haproxy', key);
      const compared = ratio && `${digits(ratio.median)} (${digits(ratio.min)}–${digits(ratio.max)})`;
      return [title, unit, ...PEERS.map((peer) => digits(medianOf(rounds, peer, key))), compared ?? '–'];
    });
  });
  return [heading, ...rows];
}

/** The promises, the heading first. */
export function targetRows(cases: readonly Case[], results: Results): string[][] {
  const verdicts = cases.flatMap((one) => judge(one, results.cases[one.name]?.rounds ?? []));
  return [
    ['case', 'peer', 'promised', 'measured', ''],
    ...verdicts.map(({ target, title, measured, unit, holds }) => [
      title,
      target.peer,
      `≤ ${digits(target.atMost)} ${unit}`,
      digits(measured),
      holds ? 'holds' : 'MISSED',
    ]),
  ];
}

/** Columns as wide as their widest cell. */
export function asText(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function asMarkdown(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => `| ${row.join(' | ')} |`);
  return [lines[0], `|${rows[0]!.map(() => ' --- |').join('')}`, ...lines.slice(1)].join('\n');
}
