import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createProxy } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect as dial, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { connect } from './connect.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'rouse-tls-'));
const file = (name: string) => join(folder, name);
const closing: (() => unknown)[] = [];

beforeAll(() => {
  if (!hasOpenssl) return;
  const openssl = (...command: string[]) => execFileSync('openssl', command, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...newKey, '-subj', '/CN=ca', '-days', '2', '-keyout', 'ca.key', '-out', 'ca.crt');
  for (const [name, subject] of [
    ['server', '/CN=api'],
    ['client', '/O=system:masters/CN=admin'],
  ] as const) {
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    openssl('req', ...newKey, '-subj', subject, ...names, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const from = ['-in', `${name}.csr`, '-copy_extensions', 'copy', '-days', '2'];
    openssl('x509', '-req', ...from, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-out', `${name}.crt`);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** An API that answers with the name on the client's certificate. */
async function serveTls() {
  let connections = 0;
  const tls = {
    key: readFileSync(file('server.key')),
    cert: readFileSync(file('server.crt')),
    ca: readFileSync(file('ca.crt')),
  };
  const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const socket = request.socket as TLSSocket;
    response.end(JSON.stringify({ name: socket.getPeerCertificate().subject?.CN ?? null, alpn: socket.alpnProtocol }));
  });
  server.on('secureConnection', () => connections++);
  const url = `https://127.0.0.1:${await listen(server)}`;
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url, connections: () => connections };
}

function kubeconfig(cluster: object, user: object): object {
  return {
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
}
const client = () => ({ 'client-certificate': file('client.crt'), 'client-key': file('client.key') });
const base64 = (name: string) => readFileSync(file(name)).toString('base64');

function open(config: object) {
  const kube = connect({ kubeconfig: config });
  closing.push(() => kube.close());
  return (timeoutMs = 5_000) => kube.request<{ name: string }>({ method: 'GET', path: '/', timeoutMs });
}

test.skipIf(!hasOpenssl)(
  'the client certificate and the CA of a kubeconfig are used, over one connection',
  async () => {
    const api = await serveTls();
    const get = open(kubeconfig({ server: api.url, 'certificate-authority-data': base64('ca.crt') }, client()));
    for (let i = 0; i < 10; i++)
      expect(await get()).toMatchObject({ ok: true, value: { name: 'admin', alpn: 'http/1.1' } });
    expect(api.connections()).toBeLessThanOrEqual(2);
  },
);

test.skipIf(!hasOpenssl)('a server whose certificate is not of the CA gets nothing', async () => {
  const api = await serveTls();
  expect(await open(kubeconfig({ server: api.url }, client()))()).toMatchObject({ ok: false, status: 0, sent: false });
});

test.skipIf(!hasOpenssl)('insecure-skip-tls-verify is heeded', async () => {
  const api = await serveTls();
  const get = open(kubeconfig({ server: api.url, 'insecure-skip-tls-verify': true }, { token: 'x' }));
  expect(await get()).toMatchObject({ ok: true, value: { name: null } });
});

test.skipIf(!hasOpenssl)('a proxy-url is gone through, TLS to the API inside', async () => {
  const api = await serveTls();
  const tunnels: string[] = [];
  const proxy = createProxy().on('connect', (request, socket, head) => {
    tunnels.push(request.url ?? '');
    const [host, port] = (request.url ?? '').split(':');
    const upstream = dial(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
    closing.push(() => upstream.destroy());
  });
  const port = await listen(proxy);
  closing.push(() => proxy.close());
  const cluster = { server: api.url, 'certificate-authority': file('ca.crt'), 'proxy-url': `http://127.0.0.1:${port}` };
  expect(await open(kubeconfig(cluster, client()))()).toMatchObject({ ok: true, value: { name: 'admin' } });
  expect(tunnels).toEqual([api.url.slice('https://'.length)]);
});

test.skipIf(!hasOpenssl)('an exec plugin is run for credentials, once while they last', async () => {
  const api = await serveTls();
  const runs = file('runs');
  const credential = { kind: 'ExecCredential', status: { token: 't', expirationTimestamp: '2999-01-01T00:00:00Z' } };
  const script = `echo run >> ${runs}; echo '${JSON.stringify(credential)}'`;
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: ['-c', script],
    interactiveMode: 'Never',
  };
  const get = open(kubeconfig({ server: api.url, 'certificate-authority': file('ca.crt') }, { exec }));
  expect(await get()).toMatchObject({ ok: true });
  expect(await get()).toMatchObject({ ok: true });
  expect(readFileSync(runs, 'utf8')).toBe('run\n');
});
