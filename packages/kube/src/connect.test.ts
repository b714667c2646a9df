import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { connect, type Kube } from './connect.ts';
import { JSON_PATCH } from './patch-types.ts';
import { type ScriptedApi, scriptedApi } from './scripted-api.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function open(options: Parameters<typeof connect>[0]): Kube {
  const kube = connect(options);
  closing.push(() => kube.close());
  return kube;
}

async function serve(answer: Parameters<typeof scriptedApi>[0]): Promise<ScriptedApi> {
  const api = await scriptedApi(answer);
  closing.push(() => api.close());
  return api;
}

function kubeconfig(server: string, user: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'team' } }],
    'current-context': 'x',
  };
}

test('a patch carries its type and query, and its answer comes back as a value', async () => {
  let seen: object = {};
  const api = await serve((request, response, url) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      seen = { method: request.method, type: request.headers['content-type'], query: url.search, body };
      response.end('{"kind":"Scale"}');
    });
  });
  const result = await open({ server: api.url }).request({
    method: 'PATCH',
    path: '/x',
    query: { timeout: '3s', absent: undefined },
    contentType: JSON_PATCH,
    body: [{ op: 'test' }],
  });
  expect(result).toEqual({ ok: true, status: 200, value: { kind: 'Scale' } });
  expect(seen).toEqual({ method: 'PATCH', type: JSON_PATCH, query: '?timeout=3s', body: [{ op: 'test' }] });
});

test('a refusal is a value with the reason of the API, known not applied', async () => {
  const api = await serve((_request, response) => {
    response.writeHead(422, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', reason: 'Invalid', message: 'the test failed', code: 422 }));
  });
  expect(await open({ server: api.url }).request({ method: 'PATCH', path: '/x', body: {} })).toEqual({
    ok: false,
    status: 422,
    reason: 'Invalid',
    message: 'the test failed',
    sent: false,
  });
});

test('a server error may have been applied, and tells when to come again', async () => {
  const api = await serve((_request, response) => {
    response.writeHead(503, { 'retry-after': '2' }).end('overloaded');
  });
  const result = await open({ server: api.url }).request({ method: 'PUT', path: '/x', body: {} });
  expect(result).toMatchObject({ ok: false, status: 503, sent: true, retryAfterMs: 2_000, message: 'overloaded' });
});

test('where nobody listens nothing was sent', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => free.once('listening', resolve));
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  const result = await open({ server: `http://127.0.0.1:${port}` }).request({ method: 'PUT', path: '/x', body: {} });
  expect(result).toMatchObject({ ok: false, status: 0, reason: 'ECONNREFUSED', sent: false });
});

test('a write that gets no answer in time may have been applied', async () => {
  const api = await serve(() => undefined);
  const result = await open({ server: api.url }).request({ method: 'PUT', path: '/x', body: {}, timeoutMs: 100 });
  expect(result).toMatchObject({ ok: false, status: 0, reason: 'Timeout', sent: true });
});

test('a write whose connection breaks may have been applied and is not sent twice; a read is', async () => {
  let broken = 0;
  const api = await serve((request, response) => {
    if (broken++ === 0) request.socket.destroy();
    else response.end('{}');
  });
  const kube = open({ server: api.url });
  expect(await kube.request({ method: 'PUT', path: '/x', body: {} })).toMatchObject({
    ok: false,
    status: 0,
    sent: true,
  });
  expect(api.requests).toEqual(['PUT /x']);
  broken = 0;
  expect(await kube.request({ method: 'GET', path: '/y' })).toMatchObject({ ok: true });
  expect(api.requests).toEqual(['PUT /x', 'GET /y', 'GET /y']);
});

test('a request cancelled before it was sent never reaches the server', async () => {
  const api = await serve((_request, response) => response.end('{}'));
  const result = await open({ server: api.url }).request({
    method: 'PUT',
    path: '/x',
    body: {},
    signal: AbortSignal.abort(),
  });
  expect(result).toMatchObject({ ok: false, reason: 'Aborted', sent: false });
  expect(api.requests).toEqual([]);
});

test('requests one after the other share one connection, or two while the first is being handed back', async () => {
  const api = await serve((_request, response) => response.end('{}'));
  const kube = open({ server: api.url });
  for (let i = 0; i < 20; i++) await kube.request({ method: 'GET', path: `/${i}` });
  expect(api.connections).toBeLessThanOrEqual(2);
});

test('a stream is read as it comes until it is aborted', async () => {
  const api = await serve((_request, response) => response.write('first'));
  const stop = new AbortController();
  const chunks: string[] = [];
  let opened = false;
  const end = open({ server: api.url }).stream({
    method: 'GET',
    path: '/log',
    signal: stop.signal,
    onOpen: () => {
      opened = true;
    },
    onData: (chunk) => chunks.push(chunk.toString()),
  });
  await until(() => chunks.length === 1);
  expect(opened).toBe(true);
  stop.abort();
  expect(await end).toMatchObject({ ok: false, reason: 'Aborted' });
});

test('a kubeconfig gives the server, a path below it, the token and the namespace', async () => {
  const api = await serve((request, response) =>
    response.end(JSON.stringify({ token: request.headers.authorization })),
  );
  const kube = open({ kubeconfig: kubeconfig(`${api.url}/clusters/a/`, { token: 'secret' }) });
  expect(await kube.request({ method: 'GET', path: '/version' })).toMatchObject({ value: { token: 'Bearer secret' } });
  expect(api.requests).toEqual(['GET /clusters/a/version']);
  expect(await kube.namespace()).toBe('team');
});

test('a token file that was replaced is read again when the server refuses the old token', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rouse-kube-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'old');
  let accepted = 'old';
  const api = await serve((request, response) => {
    response.writeHead(request.headers.authorization === `Bearer ${accepted}` ? 200 : 401).end('{}');
  });
  const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
  const kube = open({ kubeconfig: kubeconfig(api.url, user) });
  expect(await kube.request({ method: 'GET', path: '/a' })).toMatchObject({ ok: true });
  writeFileSync(tokenFile, 'new');
  accepted = 'new';
  expect(await kube.request({ method: 'GET', path: '/b' })).toMatchObject({ ok: true });
  expect(api.requests).toEqual(['GET /a', 'GET /b', 'GET /b']);
});

test('a kubeconfig that is missing or names no cluster is told as a failure, and found once it is there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rouse-kube-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'config');
  const kube = open({ kubeconfig: file });
  expect(await kube.request({ method: 'GET', path: '/a' })).toMatchObject({ reason: 'Credentials', sent: false });
  writeFileSync(file, JSON.stringify({ ...kubeconfig('http://127.0.0.1:1', {}), 'current-context': 'other' }));
  const wrong = await kube.request({ method: 'GET', path: '/a' });
  expect(wrong).toMatchObject({ reason: 'Credentials', message: expect.stringContaining('"other" names no cluster') });
  const api = await serve((_request, response) => response.end('{}'));
  writeFileSync(file, JSON.stringify(kubeconfig(api.url, {})));
  expect(await kube.request({ method: 'GET', path: '/a' })).toMatchObject({ ok: true });
});

test('a server, proxy or certificate that makes no sense is told as a failure', async () => {
  expect(await open({ server: 'nowhere' }).request({ method: 'GET', path: '/' })).toMatchObject({
    status: 0,
    sent: false,
  });
  for (const cluster of [
    { server: 'https://127.0.0.1:1', 'proxy-url': '::' },
    { server: 'https://127.0.0.1:1', 'certificate-authority-data': 'bm9uc2Vuc2U=' },
    { server: 'https://127.0.0.1:1', 'certificate-authority': '/does/not/exist' },
  ]) {
    const config = { ...kubeconfig('', {}), clusters: [{ name: 'c', cluster }] };
    const result = await open({ kubeconfig: config }).request({ method: 'GET', path: '/', timeoutMs: 2_000 });
    expect(result).toMatchObject({ ok: false, status: 0, sent: false });
  }
});

test('with a plain server client-node is never loaded', async () => {
  const script = `
    import { connect } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    const kube = connect({ server: 'http://127.0.0.1:1' });
    await kube.request({ method: 'GET', path: '/' });
    console.log('done');
  `;
  // The import is refused outright: a request over plain http must do without.
  const refuse = `
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(specifier, context, next) {
      if (specifier.startsWith('@kubernetes/')) throw new Error('client-node was loaded');
      return next(specifier, context);
    } });
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    `data:text/javascript,${encodeURIComponent(refuse)}`,
    '--input-type=module',
    '-e',
    script,
  ]);
  expect(stdout.trim()).toBe('done');
});
