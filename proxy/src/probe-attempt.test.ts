import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Probe } from '@rouse/contract';
import { afterEach, expect, test } from 'vitest';
import { attemptProbe, finalStatus, probeRequest } from './probe-attempt.ts';

/** Self-signed for `probe.test`, made for this test alone. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgf3SSZssBYia7l4S6
azAEAJZfREXg+uKNrOATGvbgGlChRANCAARbdBHVmXoTE4p73qLxXH9TqlhGNICE
v9+O3Wky67DZFD5VwsUfgT45J7qIvJwQzQpOA/vG1R5nKw9r6ShMzVTB
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUdqDK7HwUOBGBNTsOOZy+JRQB1EgwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKcHJvYmUudGVzdDAgFw0yNjExMjIxNDE0NDFaGA8yMTI2MTAy
OTE0MTQ0MVowFTETMBEGA1UEAwwKcHJvYmUudGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABFt0EdWZehMTinveovFcf1OqWEY0gIS/347daTLrsNkUPlXCxR+B
Pjknuoi8nBDNCk4D+8bVHmcrD2vpKEzNVMGjUzBRMB0GA1UdDgQWBBRskghcMHaR
zihWW38yt1UfiNXNgDAfBgNVHSMEGDAWgBRskghcMHaRzihWW38yt1UfiNXNgDAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQD9yIqVIP3oo4ig2v46
5gEm+5+nY8PBQlCwkzlcHKIMtAIgSi4bIIk6k33OpwOFpAdfg7JuhWXiQtRwSluV
KelOG0U=
-----END CERTIFICATE-----`;

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** @returns the port, and what each connection sent */
function listen(onData: (socket: Socket) => void): Promise<{ port: number; received: string[] }> {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received.push(bytes.toString('latin1'));
      onData(socket);
    });
  });
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as AddressInfo).port, received }));
  });
}

function attempt(probe: Probe): Promise<{ ok: boolean; connected: number }> {
  return new Promise((resolve) => {
    let connected = 0;
    attemptProbe(
      { address: '127.0.0.1', probe, connectTimeoutMs: 500 },
      () => connected++,
      (ok) => resolve({ ok, connected }),
    );
  });
}

test('a tcp probe succeeds when the port takes a connection, and fails when it refuses', async () => {
  const { port } = await listen(() => {});
  expect(await attempt({ kind: 'tcp', port, timeoutMs: 1000 })).toEqual({ ok: true, connected: 0 });
  const closed = servers.pop()!;
  await new Promise((resolve) => closed.close(resolve));
  expect((await attempt({ kind: 'tcp', port, timeoutMs: 1000 })).ok).toBe(false);
});

test.each([
  ['200', true],
  ['302', true],
  ['399', true],
  ['400', false],
  ['503', false],
])('an http probe answered with %s', async (status, ok) => {
  const { port, received } = await listen((socket) => socket.write(`HTTP/1.1 ${status} Whatever\r\n\r\n`));
  expect(await attempt({ kind: 'http', port, path: '/ready?x=1', timeoutMs: 1000 })).toEqual({ ok, connected: 1 });
  expect(received[0]).toBe(
    `GET /ready?x=1 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: kube-probe/rouse\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
  );
});

test('an https probe takes any certificate, as the kubelet does', async () => {
  const server = createTlsServer({ key: KEY, cert: CERTIFICATE }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await attempt({ kind: 'https', port, path: '/', timeoutMs: 2000 })).toEqual({ ok: true, connected: 1 });
  const plain = await listen((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  expect((await attempt({ kind: 'https', port: plain.port, path: '/', timeoutMs: 2000 })).ok).toBe(false);
});

test('an answer in single bytes, after an interim one, counts by its final status', async () => {
  const { port } = await listen((socket) => {
    for (const byte of 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n') socket.write(byte);
  });
  expect((await attempt({ kind: 'http', port, path: '/', timeoutMs: 1000 })).ok).toBe(true);
});

test('an app that answers something else, closes, or says nothing in time has not succeeded', async () => {
  const other = await listen((socket) => socket.write('SSH-2.0-OpenSSH_9\r\n'));
  expect((await attempt({ kind: 'http', port: other.port, path: '/', timeoutMs: 1000 })).ok).toBe(false);
  const closing = await listen((socket) => socket.end());
  expect((await attempt({ kind: 'http', port: closing.port, path: '/', timeoutMs: 1000 })).ok).toBe(false);
  const silent = await listen(() => {});
  expect((await attempt({ kind: 'http', port: silent.port, path: '/', timeoutMs: 50 })).ok).toBe(false);
});

test('an endless first line is not read to its end', async () => {
  const { port } = await listen((socket) => socket.write('x'.repeat(100_000)));
  expect((await attempt({ kind: 'http', port, path: '/', timeoutMs: 5000 })).ok).toBe(false);
});

test('a cancelled attempt tells nothing more', async () => {
  const { port, received } = await listen((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  let told = 0;
  const cancel = attemptProbe(
    { address: '127.0.0.1', probe: { kind: 'http', port, path: '/', timeoutMs: 1000 }, connectTimeoutMs: 500 },
    () => told++,
    () => told++,
  );
  cancel();
  expect((await attempt({ kind: 'http', port, path: '/', timeoutMs: 1000 })).ok).toBe(true);
  expect(received).toHaveLength(1);
  expect(told).toBe(0);
});

test('fields of the probe are sent, and its own Host wins', () => {
  const request = probeRequest('fd00::7', {
    kind: 'http',
    port: 80,
    path: '/',
    headers: [
      ['Host', 'app.example.org'],
      ['X-Probe', 'yes'],
    ],
    timeoutMs: 1000,
  });
  expect(request).toContain('Host: app.example.org\r\nX-Probe: yes\r\n');
  expect(request.match(/Host:/g)).toHaveLength(1);
  expect(probeRequest('fd00::7', { kind: 'http', port: 80, timeoutMs: 1 })).toContain(
    'GET / HTTP/1.1\r\nHost: [fd00::7]:80\r\n',
  );
});

test('a status is known once its line is whole', () => {
  expect(finalStatus('HTTP/1.1 200 O')).toBeNull();
  expect(finalStatus('HTTP/1.1 200 OK\r\n')).toBe(200);
  expect(finalStatus('HTTP/1.0 204\r\n')).toBe(204);
  expect(finalStatus('HTTP/1.1 2000 OK\r\n')).toBe(0);
  expect(finalStatus('HTTP/1.1 100 Continue\r\n\r\n')).toBeNull();
});
