/** `npm run vectors -- FILE`: runs a vectors file against the real code and exits 1 when a case fails. */
import { readFileSync } from 'node:fs';
import { reportVectors } from './report-vectors.ts';
import { runVectors } from './run-vectors.ts';

/** Cases listed as different lie beside our own copy of the vectors, so that no source file names one. */
const own = (name: string): URL => new URL(`../../vectors/${name}`, import.meta.url);

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
  const listed = JSON.parse(readFileSync(own('listed-as-different.json'), 'utf8'));
  const { lines, failed } = reportVectors(runVectors(document, listed.cases));
  for (const line of lines) console.log(line);
  return failed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
