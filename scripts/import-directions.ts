/** Checks the direction of imports between packages, and that the HTTP/1 path stands on `node:net` alone. */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { sourceFiles } from './source-files.ts';

/** Folder of each package → its name and the packages its source may import; tests may import the same. */
const packages: Readonly<Record<string, { readonly name: string; readonly may: readonly string[] }>> = {
  'packages/contract': { name: '@rouse/contract', may: [] },
  'packages/daemon': { name: '@rouse/daemon', may: ['@rouse/contract'] },
  'packages/kube': { name: '@rouse/kube', may: ['@rouse/contract'] },
  'packages/kubelet': { name: '@rouse/kubelet', may: ['@rouse/contract', '@rouse/kube'] },
  'packages/local': { name: '@rouse/local', may: ['@rouse/contract', '@rouse/kube', '@rouse/kubelet'] },
  'packages/cli': {
    name: 'rouse',
    may: ['@rouse/contract', '@rouse/daemon', '@rouse/kube', '@rouse/kubelet', '@rouse/local'],
  },
  proxy: { name: '@rouse/proxy', may: ['@rouse/contract', '@rouse/daemon'] },
  operator: { name: '@rouse/operator', may: ['@rouse/contract', '@rouse/daemon', '@rouse/kube'] },
  scripts: { name: '@rouse/scripts', may: ['@rouse/contract'] },
  bench: {
    name: '@rouse/bench',
    may: ['@rouse/contract', '@rouse/daemon', '@rouse/local', '@rouse/operator', '@rouse/proxy'],
  },
};

/** Path prefix → modules no file below it may import, and why. Tests are exempt: they play the peers. */
const bans: readonly { readonly below: string; readonly modules: RegExp; readonly why: string }[] = [
  {
    below: 'proxy/src/http1/',
    modules: /^(node:)?https?2?$|^undici$|^hono/,
    why: 'the HTTP/1 path is our own engine on node:net',
  },
  { below: 'operator/src/autoscale/', modules: /^node:/, why: 'decisions are pure: values and a clock in' },
  { below: 'operator/src/sleep/', modules: /^node:/, why: 'decisions are pure: values and a clock in' },
  { below: 'packages/contract/src/', modules: /^node:|^[a-z@]/, why: 'the contract has no dependency and no I/O' },
];

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^'"\n;]*?(?:\n[^'";]*?)*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;

/** Every module named by an import or re-export in `source`. */
export function importedModules(source: string): string[] {
  return [...source.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function packageOf(path: string): string | undefined {
  return Object.keys(packages).find((folder) => path.startsWith(`${folder}/`));
}

/** One line for each import in `source` (at `path`, relative to the root) that goes the wrong way. */
export function wrongImports(path: string, source: string): string[] {
  const folder = packageOf(path);
  if (folder === undefined) return [];
  const { name, may } = packages[folder]!;
  const isTest = path.endsWith('.test.ts') || path.includes('/testing');
  const wrong: string[] = [];
  for (const module of importedModules(source)) {
    if (module.startsWith('.')) {
      const target = posix.normalize(posix.join(posix.dirname(path), module));
      if (!target.startsWith(`${folder}/`)) wrong.push(`${path}: imports ${module}, outside of ${name}`);
      continue;
    }
    const bare = module.startsWith('@') ? module.split('/').slice(0, 2).join('/') : module.split('/')[0]!;
    const isOurs = Object.values(packages).some((candidate) => candidate.name === bare);
    if (isOurs && bare !== name && !may.includes(bare)) wrong.push(`${path}: ${name} may not import ${bare}`);
    if (isTest || isOurs) continue;
    for (const ban of bans) {
      if (path.startsWith(ban.below) && ban.modules.test(module)) {
        wrong.push(`${path}: imports ${module}, but ${ban.why}`);
      }
    }
  }
  return wrong;
}

/** All wrong imports below `root`. */
export function checkImportDirections(root: string): string[] {
  // The check's own test plants wrong imports.
  const files = sourceFiles(root, ['.ts']).filter((path) => path !== 'scripts/import-directions.test.ts');
  return files.flatMap((path) => wrongImports(path, readFileSync(join(root, path), 'utf8')));
}
