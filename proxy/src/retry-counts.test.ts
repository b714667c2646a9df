/** How often a request reaches pods that lose it, by method, through a whole proxy and real sockets (RFC 9110 9.2.2). */
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { entry } from './path-fixture.ts';
import { Harness, local } from './proxy-fixture.ts';

/** A pod that reads the head of each request, says `before` at most, and resets the connection. */
async function losing(seen: string[], before = ''): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (bytes) => {
      seen.push(bytes.toString('latin1').split(' ')[0]!);
      if (before === '') socket.resetAndDestroy();
      else socket.write(before, () => socket.resetAndDestroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** @returns how often pods got the request, once its answer is there */
async function deliveries(request: string, before = ''): Promise<number> {
  const harness = await Harness.start();
  const seen: string[] = [];
  const pods = [];
  for (let index = 0; index < 5; index++) pods.push(local(`p${index}`, await losing(seen, before)));
  await harness.put(entry('web', pods));
  const client = await harness.client();
  client.socket.write(request);
  await client.until(/HTTP\/1\.1 502 Bad Gateway\r\n/);
  expect(client.text).toContain('x-rouse-error: pod-lost\r\n');
  return seen.length;
}

function request(method: string, bodyBytes = 0): string {
  const length = bodyBytes > 0 ? `Content-Length: ${bodyBytes}\r\n` : '';
  return `${method} / HTTP/1.1\r\nHost: web\r\n${length}\r\n${'a'.repeat(bodyBytes)}`;
}

test.each<readonly [what: string, times: number, bytes: string]>([
  ['GET', 3, request('GET')],
  ['HEAD', 3, request('HEAD')],
  ['OPTIONS', 3, request('OPTIONS')],
  ['DELETE', 3, request('DELETE')],
  ['PUT', 3, request('PUT', 5)],
  ['PUT of 8 KiB', 3, request('PUT', 8_192)],
  ['PUT of more', 1, request('PUT', 8_193)],
  ['POST', 1, request('POST', 5)],
  ['POST without a body', 1, request('POST')],
  ['PATCH', 1, request('PATCH', 5)],
  ['a method nobody knows', 1, request('FROB')],
])('%s that every pod loses is sent %i times', async (_what, times, bytes) => {
  expect(await deliveries(bytes)).toBe(times);
});

test('GET is sent once where a byte of a response came', async () => {
  expect(await deliveries(request('GET'), 'H')).toBe(1);
  expect(await deliveries(request('GET'), 'HTTP/1.1 100 Continue\r\n\r\n')).toBe(1);
});
