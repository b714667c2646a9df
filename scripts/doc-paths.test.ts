import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = dirname(import.meta.dirname);

/** Every file of the repository that a step may name without its folder. */
function fileNames(folder: string, found = new Set<string>()): Set<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) fileNames(path, found);
    else found.add(path);
  }
  return found;
}

test('every file that a step of the architecture names exists', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const named = [...text.matchAll(/`([\w./-]+\.ts)`/g)].map((match) => match[1]!);
  const files = [...fileNames('')];
  expect(named.length).toBeGreaterThan(40);
  expect(
    named.filter((name) => !existsSync(join(root, name)) && !files.some((file) => file.endsWith(`/${name}`))),
  ).toEqual([]);
});

test('each of the three flows is a numbered list of steps that name their file', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  for (const flow of ['A warm request', 'From zero', 'To zero']) {
    const section = text.slice(text.indexOf(`## ${flow}`)).split('\n## ')[0] ?? '';
    const steps = section.split(/\n(?=\d+\. )/).slice(1);
    expect(steps.length).toBeGreaterThanOrEqual(6);
    for (const step of steps) expect(step).toMatch(/`[\w./-]+\.ts`/);
  }
});
