/** Lists the project's own source files: what the checks read. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const skipped = new Set(['node_modules', '.git', '.types', '.turbo', 'dist', 'coverage']);

/** Paths of all files below `root` whose name ends with one of `endings`, relative to `root`, with forward slashes. */
export function sourceFiles(root: string, endings: readonly string[]): string[] {
  const found: string[] = [];
  function walk(folder: string): void {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (skipped.has(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (endings.some((ending) => entry.name.endsWith(ending))) found.push(path);
    }
  }
  walk('');
  return found.sort();
}
