/** Writes the reference pages from the contract's descriptors; with `--check` it names the stale ones and exits with 1. Takes a folder other than docs/ as its argument. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { annotationsPage, errorsPage, flagsPage, metricsPage } from './reference-pages.ts';

const given = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const folder = given[0] ?? fileURLToPath(new URL('../docs/', import.meta.url));

const pages = new Map([
  ['annotations.md', annotationsPage()],
  ['flags.md', flagsPage()],
  ['errors.md', errorsPage()],
  ['metrics.md', metricsPage()],
]);

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [name, text] of pages) {
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale.push(`docs/${name}`);
  if (!check) writeFileSync(file, text);
}

if (stale.length > 0) console.log(`${check ? 'stale, run `npm run docs`' : 'written'}: ${stale.join(', ')}`);
if (check && stale.length > 0) process.exitCode = 1;
