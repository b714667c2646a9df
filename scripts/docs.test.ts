import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./docs.ts', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rouse-docs-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function docs(...args: string[]) {
  const { status, stdout } = spawnSync(process.execPath, [SCRIPT, folder, ...args], { encoding: 'utf8' });
  return { status, stdout };
}

test('pages that are missing or were edited by hand fail the check by name, and are mended by a run', () => {
  expect(docs('--check').status).toBe(1);
  expect(docs().status).toBe(0);
  expect(docs('--check')).toEqual({ status: 0, stdout: '' });
  appendFileSync(join(folder, 'docs/flags.md'), 'a line of mine\n');
  const edited = docs('--check');
  expect(edited.status).toBe(1);
  expect(edited.stdout).toContain('docs/flags.md');
  expect(edited.stdout).not.toContain('docs/errors.md');
});
