/** `npm run vectors -- FILE`: runs a vectors file against the real code and exits 1 when a case fails. */
import { readFileSync } from 'node:fs';
import { objectOf } from './json-value.ts';
import { reportVectors } from './report-vectors.ts';
import { runVectors, sections } from './run-vectors.ts';

/** Cases listed as different lie beside our own copy of the vectors, so that no source file names one. */
const own = (name: string): URL => new URL(`../../vectors/${name}`, import.meta.url);

/** Sections that are only named, not run, count too: a file of them is one of vectors. */
function holdsSection(document: unknown): boolean {
  return Object.entries(objectOf(document)).some(
    ([name, value]) => name !== 'meta' && Object.keys(objectOf(value)).length > 0,
  );
}

function main(args: readonly string[]): number {
  const path = args[0] ?? own('knative.json');
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    console.error(
      `cannot read ${String(path)} as JSON: ${(error as Error).message}. Give the path of a vectors file: npm run vectors -- FILE`,
    );
    return 2;
  }
  if (!holdsSection(document)) {
    console.error(
      `${String(path)} has no section of a vectors file (${sections.map(({ name }) => name).join(', ')}). Give the path of one: npm run vectors -- FILE`,
    );
    return 2;
  }
  const listed = JSON.parse(readFileSync(own('listed-as-different.json'), 'utf8'));
  const { lines, failed } = reportVectors(runVectors(document, listed.cases));
  for (const line of lines) console.log(line);
  return failed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
