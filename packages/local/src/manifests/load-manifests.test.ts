import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadManifests } from './load-manifests.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rouse-manifests-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
const names = (loaded: Awaited<ReturnType<typeof loadManifests>>) => loaded.objects.map(({ name }) => name);

test('a folder means every *.yaml and *.yml below it, but for node_modules, hidden folders and other files', async () => {
  await write('a.yaml', configMap('a'));
  await write('deep/er/b.yml', configMap('b'));
  await write('node_modules/x/c.yaml', configMap('c'));
  await write('deep/node_modules/c.yaml', configMap('c2'));
  await write('.hidden/d.yaml', configMap('d'));
  await write('.e.yaml', configMap('e'));
  await write('notes.txt', 'not: [a manifest');
  const loaded = await loadManifests([folder]);
  expect(names(loaded)).toEqual(['a', 'b']);
  expect(loaded.problems).toEqual([]);
});

test('a file given by name is read whatever its ending, and a folder that links to itself ends', async () => {
  const file = await write('manifest.txt', configMap('a'));
  await symlink(folder, join(folder, 'loop'));
  expect(names(await loadManifests([file]))).toEqual(['a']);
  await write('b.yaml', configMap('b'));
  expect(names(await loadManifests([folder]))).toEqual(['b']);
});

test('one bad file is told and the others are loaded', async () => {
  const bad = await write('bad.yaml', 'a: [\n');
  await write('good.yaml', configMap('good'));
  const loaded = await loadManifests([folder, join(folder, 'missing')]);
  expect(names(loaded)).toEqual(['good']);
  expect(loaded.problems.map(({ key }) => key)).toEqual([join(folder, 'missing'), `${bad}:2`]);
  expect([...loaded.brokenFiles]).toEqual([bad]);
});

test.skipIf(process.getuid?.() === 0)('a file that may not be read is told', async () => {
  const file = await write('secret.yaml', configMap('a'));
  await chmod(file, 0);
  const loaded = await loadManifests([folder]);
  expect(loaded.problems).toMatchObject([{ key: `${file}:1`, allowed: 'a readable file' }]);
});

test('an object defined twice keeps its first definition and is told', async () => {
  const first = await write('a.yaml', configMap('same'));
  const second = await write('b.yaml', `---\n${configMap('same')}`);
  const loaded = await loadManifests([folder]);
  expect(loaded.objects).toHaveLength(1);
  expect(loaded.problems).toMatchObject([{ key: `${second}:2`, value: 'ConfigMap default/same' }]);
  expect(loaded.problems[0]?.fix).toContain(`${first}:1`);
});

test('each unused kind is one line, however often it is there', async () => {
  const ingress = 'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n';
  const first = await write('a.yaml', `${ingress}---\n${ingress}`);
  await write('b.yaml', ingress);
  const loaded = await loadManifests([folder]);
  expect(loaded.notices).toEqual([`Ingress is not used here and was skipped (${first} and 1 more)`]);
});
