/** What the suite on a real control plane says where it cannot run, and what that is worth on a build machine. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findOpenssl } from './cluster/certificates.ts';
import { findNamespace } from './cluster/network-namespace.ts';
import { type Run, run } from './processes.ts';

const runSuite = join(import.meta.dirname, 'cluster/run-suite.ts');
/** Nothing was built there. */
const cache = mkdtempSync(join(tmpdir(), 'rouse-e2e-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

function withoutGo(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Run> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !existsSync(join(folder, 'go')));
  const bare = { PATH: folders.join(delimiter), KUBEBUILDER_ASSETS: '', XDG_CACHE_HOME: cache };
  return run(process.execPath, [runSuite, ...args], { ...bare, ...env });
}

test('without Go and binaries the suite is skipped, with the reason in one line', async () => {
  const { code, stdout } = await withoutGo({ CI: '' });
  expect(stdout).toMatch(/^skipped: the cluster suite needs .+\n$/);
  expect(code).toBe(0);
});

test('nobody looks at what a build machine skips: there it fails', async () => {
  const { code, stdout } = await withoutGo({ CI: 'true' });
  expect(stdout).toMatch(/^FAILED: the cluster suite needs .+\n$/);
  expect(code).toBe(1);
});

const able = (await findNamespace()).ok && findOpenssl() === undefined;
test.skipIf(!able)('binaries promised but not there are named', async () => {
  const { stdout } = await withoutGo({ CI: '', KUBEBUILDER_ASSETS: cache });
  expect(stdout).toMatch(/^skipped: the cluster suite needs .+\n$/);
  expect(stdout).toContain(join(cache, 'kube-apiserver'));
});

test('what builds ahead of the suite leaves the telling to it', async () => {
  expect(await withoutGo({ CI: 'true' }, '--build-only')).toEqual({ code: 0, stdout: '', stderr: '' });
});
