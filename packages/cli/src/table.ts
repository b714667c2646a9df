/** Columns as kubectl prints them: left aligned, three spaces apart. */

type Row = readonly string[];

/** @returns lines without trailing blanks; the header first */
export function formatTable(header: Row, rows: readonly Row[]): string[] {
  const all = [header, ...rows];
  const widths = columnWidths(all);
  return all.map((row) => formatRow(row, widths));
}

/** Characters each column needs for all of these rows. */
export function columnWidths(rows: readonly Row[]): number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
}

export function formatRow(row: Row, widths: readonly number[]): string {
  return row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('   ')
    .trimEnd();
}
