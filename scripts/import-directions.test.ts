import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkImportDirections } from './import-directions.ts';

function checkTree(files: Readonly<Record<string, string>>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'rouse-imports-'));
  try {
    for (const [path, source] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), source);
    }
    return checkImportDirections(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('a tree that keeps the directions passes', () => {
  expect(
    checkTree({
      'proxy/src/a.ts': "import { systemClock } from '@rouse/daemon';\nimport net from 'node:net';",
      'operator/src/autoscale/b.ts': "import type { Clock } from '@rouse/contract';\nimport { c } from './c.ts';",
    }),
  ).toEqual([]);
});

test('a planted import of the operator by the proxy fails', () => {
  expect(checkTree({ 'proxy/src/a.ts': "import type { X } from '@rouse/operator';" })).toEqual([
    'proxy/src/a.ts: @rouse/proxy may not import @rouse/operator',
  ]);
});

test('a planted dynamic import, a re-export, an import over several lines and a path out of the package fail', () => {
  const wrong = checkTree({
    'packages/contract/src/a.ts': "export * from '@rouse/daemon';",
    'packages/daemon/src/b.ts': "const kube = await import('@rouse/kube');",
    'packages/kube/src/c.ts': "import {\n  one,\n  two,\n} from '@rouse/local';",
    'operator/src/d.ts': "import { pick } from '../../proxy/src/pick.ts';",
  });
  expect(wrong).toHaveLength(4);
});

test('a planted node:http in the HTTP/1 path fails, also for its types, and passes in a test', () => {
  expect(checkTree({ 'proxy/src/http1/a.ts': "import http from 'node:http';" })).toHaveLength(1);
  expect(checkTree({ 'proxy/src/http1/a.ts': "import type { Agent } from 'undici';" })).toHaveLength(1);
  expect(checkTree({ 'proxy/src/http1/a.test.ts': "import http from 'node:http';" })).toEqual([]);
});

test('a planted node module in the decision code or the contract fails', () => {
  expect(checkTree({ 'operator/src/autoscale/a.ts': "import { readFileSync } from 'node:fs';" })).toHaveLength(1);
  expect(checkTree({ 'packages/contract/src/a.ts': "import pino from 'pino';" })).toHaveLength(1);
});
