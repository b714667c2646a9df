import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { probeOnce } from './probe.ts';

const HOST = '127.0.0.1';
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return (server.address() as AddressInfo).port;
}

const web = (listener: RequestListener): Promise<number> => listen(createServer(listener));
const bare = { name: 'main' };

test.each([
  [200, 'success'],
  [204, 'success'],
  [304, 'success'],
  [399, 'success'],
  [400, 'failure'],
  [404, 'failure'],
  [500, 'failure'],
])('HTTP status %i is a %s', async (status, kind) => {
  const port = await web((_request, response) => response.writeHead(status).end());
  expect(await probeOnce({ httpGet: { port } }, bare, HOST)).toMatchObject({ kind });
});

test('path, query, headers and a named port are used', async () => {
  const seen: unknown[] = [];
  const port = await web((request, response) => {
    seen.push(
      request.url,
      request.headers.host,
      request.headers['x-a'],
      request.headers['user-agent'],
      request.headers.connection,
    );
    response.end();
  });
  const container = { name: 'main', ports: [{ name: 'web', containerPort: port }] };
  const httpHeaders = [
    { name: 'Host', value: 'app.example' },
    { name: 'X-A', value: '1' },
  ];
  const probe = { httpGet: { path: '/ready?full=1', port: 'web', httpHeaders } };
  expect(await probeOnce(probe, container, HOST)).toEqual({ kind: 'success' });
  expect(seen).toEqual(['/ready?full=1', 'app.example', '1', 'kube-probe/rouse', 'close']);
});

test('a redirect is followed on the same host only', async () => {
  const port = await web((request, response) => {
    if (request.url === '/in') response.writeHead(302, { location: '/bad' }).end();
    else if (request.url === '/out') response.writeHead(302, { location: 'http://elsewhere.invalid/' }).end();
    else if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end();
    else response.writeHead(503).end();
  });
  const kindOf = async (path: string) => (await probeOnce({ httpGet: { path, port } }, bare, HOST)).kind;
  expect(await Promise.all(['/in', '/out', '/loop'].map(kindOf))).toEqual(['failure', 'success', 'failure']);
});

test('an answer that does not come within timeoutSeconds is a failure', async () => {
  const port = await web(() => undefined);
  const startedMs = performance.now();
  const result = await probeOnce({ httpGet: { port }, timeoutSeconds: 0.2 }, bare, HOST);
  expect(result).toMatchObject({ kind: 'failure', message: expect.stringContaining('deadline exceeded') });
  expect(performance.now() - startedMs).toBeLessThan(900);
  (servers[0] as ReturnType<typeof createServer>).closeAllConnections();
});

test('HTTPS is spoken without verifying the certificate', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rouse-probe-'));
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-nodes', ...curve, '-subj', '/CN=app', '-days', '1', '-keyout', files.key, '-out', files.cert],
    { stdio: 'ignore' },
  );
  const tls = { key: readFileSync(files.key), cert: readFileSync(files.cert) };
  rmSync(folder, { recursive: true });
  const port = await listen(createTlsServer(tls, (_request, response) => response.end()));
  expect(await probeOnce({ httpGet: { port, scheme: 'HTTPS' } }, bare, HOST)).toEqual({ kind: 'success' });
  expect(await probeOnce({ httpGet: { port } }, bare, HOST)).toMatchObject({ kind: 'failure' });
});

test('a TCP probe succeeds by connecting, and fails where nobody listens', async () => {
  const port = await listen(createTcpServer((socket) => socket.end()));
  expect(await probeOnce({ tcpSocket: { port } }, bare, HOST)).toEqual({ kind: 'success' });
  expect(await probeOnce({ tcpSocket: { port: String(port) } }, bare, HOST)).toEqual({ kind: 'success' });
  await new Promise((resolve) => servers.pop()!.close(resolve));
  const refused = await probeOnce({ tcpSocket: { port } }, bare, HOST);
  expect(refused).toMatchObject({ kind: 'failure', message: expect.stringContaining('ECONNREFUSED') });
});

test('a port name nobody has is an error of the probe, not of the container', async () => {
  const result = await probeOnce({ httpGet: { port: 'metrics' } }, bare, HOST);
  expect(result).toEqual({ kind: 'error', message: `couldn't find port: "metrics"` });
});
