/** Writes what is made from the contract's descriptors: reference pages and manifests; with `--check` it names the stale ones and exits with 1. Takes a folder other than the repository as its argument. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './generated-files.ts';

const given = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const root = dirname(import.meta.dirname);
const folder = given[0] ?? root;

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [path, text] of generatedFiles(root)) {
  const file = join(folder, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale.push(path);
  if (check) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

if (stale.length > 0) console.log(`${check ? 'stale, run `npm run docs`' : 'written'}: ${stale.join(', ')}`);
if (check && stale.length > 0) process.exitCode = 1;
