/** Inputs that once found something, kept as files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Input } from './compare.ts';

const FOLDER = join(import.meta.dirname, 'seeds');

export interface KeptSeed extends Input {
  readonly name: string;
  /** What it found. */
  readonly why: string;
}

export function keptSeeds(): KeptSeed[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ name: file.slice(0, -5), ...JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) }));
}
