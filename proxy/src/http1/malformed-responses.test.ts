/** Responses of a pod that cannot be trusted: 502 to the client where nothing was passed on, and the connection is given up. */
import { afterEach, expect, test } from 'vitest';
import { type Rig, startRig, transports } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const OK = 'HTTP/1.1 200 OK\r\n';

const table: readonly (readonly [name: string, response: string])[] = [
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ['HTTP/2', 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['lower-case http', 'http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status under 100', 'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status of 600', 'HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n'],
  ['two spaces before the status', 'HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a control character in the reason', 'HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n'],
  ['LF alone', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['LF alone after a field', `${OK}Content-Length: 0\n\r\n`],
  ['a folded field', `${OK}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`],
  ['a space before the colon', `${OK}Content-Length : 0\r\n\r\n`],
  ['NUL in a value', `${OK}X: \0\r\nContent-Length: 0\r\n\r\n`],
  ['CR alone in a value', `${OK}X: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n`],
  ['Content-Length twice', `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi`],
  ['a list of lengths', `${OK}Content-Length: 2, 2\r\n\r\nhi`],
  ['a length with a sign', `${OK}Content-Length: +2\r\n\r\nhi`],
  ['both lengths', `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['another coding', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['chunked twice', `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['chunked in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a malformed first chunk', `${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
  ['a head too large', `${OK}X: ${'a'.repeat(50_000)}\r\nContent-Length: 0\r\n\r\n`],
  [
    '101 that nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  ],
  ['too many interim responses', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(17)],
];

for (const transport of transports) {
  for (const pace of ['whole', 'byte by byte'] as const) {
    test.each(table.filter(([, response]) => pace === 'whole' || response.length < 2_000))(
      `%s · ${transport.name}, ${pace}`,
      async (name, response) => {
        rig = await startRig(transport);
        const client = await rig.client();
        client.send('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n');
        const pod = await rig.backend.peer();
        await pod.until('\r\n\r\n');
        // A malformed chunk that comes after the head was passed on can only be cut.
        const isCut = pace === 'byte by byte' && name === 'a malformed first chunk';
        if (pace === 'whole') pod.send(response);
        else await pod.sendByteByByte(response);
        await pod.gone();
        if (isCut) {
          await client.until(() => client.isClosed || client.hasEnded);
          expect(client.received).not.toContain('0\r\n\r\n');
          expect(rig.path.log.at(-1)).toBe('ended cut 200');
          return;
        }
        await client.until('x-rouse-error: bad-response\r\n');
        const answer = client.received.replace(/^(?:HTTP\/1\.1 103 Early Hints\r\n\r\n)+/, '');
        expect(answer).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
        expect(rig.path.log).toEqual(['failed bad-response never', 'ended refused 502']);
        expect(client.hasEnded).toBe(false);
      },
    );
  }
}

const surplus: readonly (readonly [name: string, method: string, response: string])[] = [
  ['a body after 204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\nsurplus'],
  ['a body after 304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\nsurplus'],
  ['a body after HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsurplus'],
  ['more than Content-Length', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhisurplus'],
  ['more than the last chunk', 'GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nsurplus'],
  ['a second response', 'GET', 'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsurplus'],
];

for (const transport of transports) {
  for (const pace of ['whole', 'byte by byte'] as const) {
    test.each(surplus)(`%s destroys the connection · ${transport.name}, ${pace}`, async (_name, method, response) => {
      rig = await startRig(transport);
      const client = await rig.client();
      client.send(`${method} / HTTP/1.1\r\nHost: app.test\r\n\r\n`);
      const pod = await rig.backend.peer();
      await pod.until('\r\n\r\n');
      if (pace === 'whole') pod.send(response);
      else await pod.sendByteByByte(response);
      await pod.gone();
      await client.until('\r\n\r\n');
      client.send('GET /next HTTP/1.1\r\nHost: app.test\r\n\r\n');
      const next = await rig.backend.peer(1);
      await next.until('GET /next');
      expect(client.received).not.toContain('surplus');
    });
  }
}
