import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serviceAccount } from './service-account.ts';

const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rouse-account-'));
  writeFileSync(join(folder, 'token'), 'first\n');
  writeFileSync(join(folder, 'ca.crt'), 'CA');
  writeFileSync(join(folder, 'namespace'), 'rouse-system');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a pod finds the API, its certificate, its token and its namespace where the kubelet put them', async () => {
  expect(await serviceAccount({ env, folder })).toEqual({
    server: 'https://10.96.0.1:443',
    namespace: 'rouse-system',
    headers: { Authorization: 'Bearer first' },
    tls: { ca: 'CA' },
    proxyUrl: undefined,
  });
});

test('a token that was replaced is the one that is read', async () => {
  await serviceAccount({ env, folder });
  writeFileSync(join(folder, 'token'), 'second');
  expect((await serviceAccount({ env, folder })).headers).toEqual({ Authorization: 'Bearer second' });
});

test('an address of IPv6 stands in brackets; a namespace that is not mounted is the default one', async () => {
  rmSync(join(folder, 'namespace'));
  const { server, namespace } = await serviceAccount({ env: { ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' }, folder });
  expect([server, namespace]).toEqual(['https://[fd00::1]:443', 'default']);
});

test('outside of a pod, or without a mounted token, that is what is said', async () => {
  await expect(serviceAccount({ env: {}, folder })).rejects.toThrow('this is no pod of a cluster');
  rmSync(join(folder, 'token'));
  await expect(serviceAccount({ env, folder })).rejects.toThrow(join(folder, 'token'));
});
