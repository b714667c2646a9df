import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface PackageFile {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const FOLDERS = ['packages/contract', 'packages/daemon', 'packages/kube', 'packages/kubelet', 'packages/local'];
const workspaces = new Map(
  [...FOLDERS, 'operator', 'proxy'].map((folder) => {
    const file = JSON.parse(read(`${folder}/package.json`)) as PackageFile;
    return [file.name, { folder, file }] as const;
  }),
);

/** Folders of a workspace and of every workspace that it depends on. */
function foldersOf(name: string, found = new Set<string>()): Set<string> {
  const workspace = workspaces.get(name);
  if (workspace === undefined || found.has(workspace.folder)) return found;
  found.add(workspace.folder);
  for (const dependency of Object.keys(workspace.file.dependencies ?? {})) foldersOf(dependency, found);
  return found;
}

const copied = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!).sort();

test.each(['operator', 'proxy'])('the image of %s holds the workspaces it needs, and no other', (name) => {
  const needed = [...foldersOf(`@rouse/${name}`)].sort();
  const text = read(`deploy/docker/${name}.Dockerfile`);
  expect(copied(text, /^COPY (\S+)\/package\.json \1\/$/gm)).toEqual(needed);
  expect(copied(text, /^COPY (\S+)\/src \1\/src$/gm)).toEqual(needed);
  const context = read(`deploy/docker/${name}.Dockerfile.dockerignore`);
  expect(copied(context, /^!(\S+)\/src$/gm)).toEqual(needed);
  expect(copied(context, /^!(\S+)\/package\.json$/gm)).toEqual(needed);
  const main = /^ENTRYPOINT \["node", "(\S+)"\]$/m.exec(text)?.[1];
  expect(existsSync(join(root, main!))).toBe(true);
});

test.each(['operator', 'proxy'])('the image of %s runs as the user that its pod names', (name) => {
  expect(read(`deploy/docker/${name}.Dockerfile`)).toContain('USER 1000:1000');
  expect(read(`deploy/base/${name}.yaml`)).toContain('runAsUser: 1000');
});

test("the chart's pre-delete hook runs a program that the operator's image holds", () => {
  const command = /command: \[node, (\S+)\]/.exec(read('deploy/chart/templates/wake-on-uninstall.yaml'))?.[1];
  expect(existsSync(join(root, command!))).toBe(true);
});
