/** A folder for the configurations and logs of one run, removed at its end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const folder = mkdtempSync(join(tmpdir(), 'rouse-bench-'));

/** Writes a file into it. @returns its path */
export function writeFile(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

export function removeFolder(): void {
  rmSync(folder, { recursive: true, force: true });
}
