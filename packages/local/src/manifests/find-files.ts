/** The manifest files below the given paths: a file itself, of a folder every *.yaml and *.yml at any depth. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Problem } from '@rouse/contract';

export interface FoundFiles {
  /** In a stable order, each once. */
  readonly files: readonly string[];
  /** Folders whose changes may add or remove files. */
  readonly folders: readonly string[];
  readonly problems: readonly Problem[];
}

const isManifest = (name: string) => /\.ya?ml$/i.test(name);
const isSkipped = (name: string) => name === 'node_modules' || name.startsWith('.');

function unreadable(path: string, error: unknown): Problem {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return {
    source: 'manifest',
    key: path,
    value: '',
    allowed: 'a readable file or folder',
    fix: missing
      ? 'There is none at that path: correct it.'
      : `Make it readable (${String((error as Error).message)}).`,
    severity: 'error',
  };
}

/** `node_modules` and hidden folders are not entered; a folder reached twice (by a link) counts once. */
export async function findFiles(paths: readonly string[]): Promise<FoundFiles> {
  const files = new Set<string>();
  const folders = new Set<string>();
  const seen = new Set<string>();
  const problems: Problem[] = [];

  async function visit(path: string, given: boolean): Promise<void> {
    try {
      const entry = await stat(path);
      if (entry.isDirectory()) await enter(path);
      else if (given || isManifest(path)) {
        files.add(path);
        if (given) folders.add(dirname(path));
      }
    } catch (error) {
      // A file that went away between listing and reading is simply gone.
      if (given || (error as NodeJS.ErrnoException).code !== 'ENOENT') problems.push(unreadable(path, error));
      if (given) folders.add(dirname(path));
    }
  }

  async function enter(folder: string): Promise<void> {
    const real = await realpath(folder);
    if (seen.has(real)) return;
    seen.add(real);
    folders.add(folder);
    for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (isSkipped(entry.name)) continue;
      if (entry.isDirectory() || entry.isSymbolicLink() || isManifest(entry.name)) {
        await visit(join(folder, entry.name), false);
      }
    }
  }

  for (const path of paths) await visit(path, true);
  return { files: [...files], folders: [...folders], problems };
}
