/** What each side sees when the other, or the proxy between them, fails in the middle. */

import { until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { type Peer, type Rig, startRig, transports, VIA } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const GET = 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n';
const CHUNKED = 'POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nDate: x\r\n';

for (const transport of transports) {
  const cuts = [
    ['with Content-Length', `${OK}Content-Length: 10\r\n\r\nhello`, false],
    ['chunked', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, false],
    ['in the middle of a chunk', `${OK}Transfer-Encoding: chunked\r\n\r\n9\r\nhello`, false],
    ['until close, by a reset', `${OK}\r\nhello`, true],
  ] as const;
  for (const [name, response, closeDelimited] of cuts) {
    test(`a pod that fails in a response ${name} is visible to the client · ${transport.name}`, async () => {
      rig = await startRig(transport);
      const client = await rig.client();
      client.send(GET);
      const pod = await rig.backend.peer();
      await pod.until('\r\n\r\n');
      pod.send(response);
      await client.until('hello');
      pod.socket.resetAndDestroy();
      if (closeDelimited) await client.wasReset();
      else await client.gone();
      expect(client.received.endsWith('hello') || client.received.endsWith('hello\r\n')).toBe(true);
      expect(rig.path.log).toEqual(['responded 200', 'ended cut 200']);
    });
  }

  test(`a reset that is found by writing to the pod is no end of a body until close · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 1000\r\n\r\nfirst');
    const pod = await rig.backend.peer();
    await pod.until('first');
    pod.send(`${OK}Connection: close\r\n\r\nhello`);
    await client.until('hello');
    // In one turn: the proxy has the client's bytes to write before it reads of the reset.
    client.send('second');
    pod.socket.resetAndDestroy();
    await client.wasReset();
    expect(rig.path.log).toEqual(['responded 200', 'ended cut 200']);
  });

  test(`FIN in the middle of a length is a cut · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(GET);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    pod.send(`${OK}Content-Length: 10\r\n\r\nhello`);
    pod.socket.end();
    await client.gone();
    expect(client.received.endsWith('\r\n\r\nhello')).toBe(true);
    expect(rig.path.log).toEqual(['responded 200', 'ended cut 200']);
  });

  test(`a client that leaves while it waits for the response frees the pod · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(GET);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    client.socket.resetAndDestroy();
    await pod.gone();
    expect(rig.path.log).toEqual(['ended client-gone 0']);
    expect(rig.path.pod!.connections.open).toBe(0);
  });

  test(`a client that closes and leaves while it waits long is found out · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(GET);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    client.socket.destroy();
    await pod.gone();
    expect(rig.path.log).toEqual(['ended client-gone 0']);
  });

  test(`a client that leaves in the middle of the response frees the pod · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(GET);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    pod.send(`${OK}Content-Length: 100\r\n\r\nhello`);
    await client.until('hello');
    client.socket.resetAndDestroy();
    await pod.gone();
    expect(rig.path.log).toEqual(['responded 200', 'ended client-gone 200']);
  });

  test(`a client that leaves in the middle of its body frees the pod · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 10\r\n\r\nhello');
    const pod = await rig.backend.peer();
    await pod.until('hello');
    client.socket.end();
    await pod.gone();
    expect(pod.received.endsWith('hello')).toBe(true);
    expect(rig.path.log).toEqual(['ended client-gone 0']);
  });

  test(`a half-closed client gets its whole answer and nothing else · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(`POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 2\r\n\r\nhi${GET}`);
    client.socket.end();
    const pod = await rig.backend.peer();
    await pod.until('hi');
    pod.send(`${OK}Content-Length: 3\r\n\r\none`);
    await pod.until('GET / ');
    pod.send(`${OK}Content-Length: 3\r\n\r\ntwo`);
    await client.until(() => client.hasEnded);
    const via = `Via: 1.1 ${VIA}\r\n`;
    expect(client.received).toBe(`${OK}Content-Length: 3\r\n${via}\r\none${OK}Content-Length: 3\r\n${via}\r\ntwo`);
    await until(() => rig.server.openConnections === 0);
  });

  test(`an answer before the body is complete reaches a client that goes on sending · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    const size = 8 * 1024 * 1024;
    client.send(`POST / HTTP/1.1\r\nHost: nowhere.test\r\nContent-Length: ${size}\r\n\r\n`);
    client.socket.write(Buffer.alloc(size));
    await client.until(() => client.hasEnded);
    expect(client.received).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    expect(client.received).toContain('\r\nConnection: close\r\n');
    expect(client.received).toContain('no-route');
    expect(client.errorCode).toBe('');
    await until(() => client.socket.writableLength === 0);
    client.socket.end();
    await until(() => rig.server.openConnections === 0);
  });

  test(`a refusal reaches a client that goes on sending, and no reset · ${transport.name}`, async () => {
    rig = await startRig(transport);
    for (const [what, start, status] of [
      ['a head that is malformed', 'POST / HTTP/1.1\r\nHost: a b\r\nContent-Length: 8388608\r\n\r\n', 400],
      ['a head without end', 'GET / HTTP/1.1\r\nHost: app.test\r\nX: ', 431],
      ['a chunk that is malformed', `${CHUNKED}5\r\nhello\r\nzz\r\n`, 400],
    ] as const) {
      const client = await rig.client();
      client.send(start);
      client.socket.write(Buffer.alloc(8 * 1024 * 1024, 'x'));
      await client.until(() => client.hasEnded || client.isClosed);
      expect(client.received, what).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [A-Z]`));
      expect(client.errorCode, what).toBe('');
      await until(() => client.socket.writableLength === 0);
      client.socket.end();
    }
    await until(() => rig.server.openConnections === 0);
  });

  test(`a pod's answer before the body is complete is passed on, and both connections close · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 100\r\n\r\nhello');
    const pod = await rig.backend.peer();
    await pod.until('hello');
    pod.send('HTTP/1.1 413 Content Too Large\r\nDate: x\r\nContent-Length: 2\r\n\r\nno');
    await client.until(() => client.hasEnded);
    expect(client.received).toBe(
      `HTTP/1.1 413 Content Too Large\r\nDate: x\r\nContent-Length: 2\r\nVia: 1.1 ${VIA}\r\nConnection: close\r\n\r\nno`,
    );
    await pod.gone();
    expect(rig.path.log).toEqual(['responded 413', 'ended answered 413']);
  });

  test(`a client that uploads on reads the answer of a pod that wants no more · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const ends = [
      ['FIN', (pod: Peer) => void pod.socket.end()],
      // What the kernel sends for a process that closes with bytes unread.
      ['RST', (pod: Peer) => void pod.socket.resetAndDestroy()],
    ] as const;
    // With the public API alone, what is read after a write has failed is lost: 502.
    for (const [how, end] of transport.name === 'onread' ? ends : ends.slice(0, 1)) {
      rig.path.log.length = 0;
      rig.backend.onPeer = (pod) => {
        pod.socket.once('data', () => {
          pod.socket.pause();
          pod.socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno', () =>
            end(pod),
          );
        });
      };
      const client = await rig.client();
      client.send(`POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${8 * 1024 * 1024}\r\n\r\n`);
      client.socket.write(Buffer.alloc(8 * 1024 * 1024));
      await client.until(() => client.hasEnded || client.isClosed);
      expect(client.received, how).toMatch(/^HTTP\/1\.1 413 Content Too Large\r\n.*\r\nConnection: close\r\n\r\nno$/s);
      expect(client.errorCode).toBe('');
    }
  });

  test(`a request and its response stream at the same time · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send('POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
    const pod = await rig.backend.peer();
    await pod.until('one');
    pod.send(`${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nONE\r\n`);
    await client.until('ONE');
    client.send('3\r\ntwo\r\n');
    await pod.until('two');
    pod.send('3\r\nTWO\r\n');
    await client.until('TWO');
    client.send('0\r\n\r\n');
    await pod.until('two\r\n0\r\n\r\n');
    pod.send('0\r\n\r\n');
    await client.until('TWO\r\n0\r\n\r\n');
    client.received = '';
    client.send(GET);
    await pod.until('GET / ');
    expect(rig.backend.peers).toHaveLength(1);
  });

  test(`the proxy's own loops are cut at once · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(`GET / HTTP/1.1\r\nHost: app.test\r\nVia: 1.1 a, 1.1 ${VIA} (x)\r\n\r\n`);
    await client.until('}\n');
    expect(client.received).toMatch(/^HTTP\/1\.1 508 Loop Detected\r\n/);
    expect(rig.path.log).toEqual([]);
  });

  test(`OPTIONS with Max-Forwards 0 is answered here · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send('OPTIONS / HTTP/1.1\r\nHost: app.test\r\nMax-Forwards: 0\r\n\r\n');
    await client.until('\r\n\r\n');
    expect(client.received).toMatch(/^HTTP\/1\.1 204 No Content\r\nAllow: GET, .*\r\nDate: [^\r]+\r\n\r\n$/);
    expect(rig.backend.peers).toHaveLength(0);
  });
}
