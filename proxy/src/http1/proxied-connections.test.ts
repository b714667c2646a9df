import { manualClock, until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { type Rig, startRig, transports, turns } from './http1-fixture.ts';
import type { Http1ServerOptions } from './server-options.ts';

let rig: Rig;
afterEach(() => rig.stop());

const LOOPBACK = { text: '127.0.0.0/8', family: 4, network: 0x7f000000n, prefixBits: 8 } as const;
const CLIENT = { text: '192.0.2.0/24', family: 4, network: 0xc0000200n, prefixBits: 24 } as const;
const FROM_LOOPBACK: Partial<Http1ServerOptions> = { proxyProtocol: [LOOPBACK] };
const LINE = 'PROXY TCP4 192.0.2.1 10.0.0.1 56789 8080\r\n';
const BINARY = '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\x0a\0\0\x01\xdd\xd5\x1f\x90';
const LOCAL = '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0';
const GET = 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

for (const transport of transports) {
  test.each([
    ['version 1', LINE, '192.0.2.1'],
    ['version 2', BINARY, '192.0.2.1'],
    ['version 2 of a health check', LOCAL, '127.0.0.1'],
    ['version 1 of an unknown client', 'PROXY UNKNOWN\r\n', '127.0.0.1'],
  ])(`the client that the header names is told to the pod, %s · ${transport.name}`, async (_, header, address) => {
    rig = await startRig(transport, { server: FROM_LOOPBACK });
    const client = await rig.client();
    client.send(header + GET);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    expect(pod.received).toContain(`X-Forwarded-For: ${address}\r\n`);
    expect(pod.received).toContain(`Forwarded: for=${address};`);
    pod.send(OK);
    await client.until('ok');
    // It stands once, before the first request.
    client.send(GET);
    await pod.until((received) => received.split('\r\n\r\n').length === 3);
    expect(rig.engine.stats.proxyHeadersRefused).toBe(0);
  });

  test(`a header in pieces, the request in the last of them · ${transport.name}`, async () => {
    rig = await startRig(transport, { server: FROM_LOOPBACK });
    const client = await rig.client();
    await client.sendByteByByte(BINARY + GET);
    const pod = await rig.backend.peer();
    await pod.until('X-Forwarded-For: 192.0.2.1\r\n');
    expect(rig.server.openConnections).toBe(1);
    expect(rig.engine.stats.clientConnections).toBe(1);
  });

  test(`a listed peer that sends no header is closed without a word, and counted · ${transport.name}`, async () => {
    rig = await startRig(transport, { server: FROM_LOOPBACK });
    const client = await rig.client();
    client.send(GET);
    await client.gone();
    expect(client.received).toBe('');
    await until(() => rig.server.openConnections === 0);
    expect([rig.engine.stats.proxyHeadersRefused, rig.engine.stats.clientConnections]).toEqual([1, 0]);
  });

  test(`a header that does not come in time ends the connection · ${transport.name}`, async () => {
    const clock = manualClock();
    rig = await startRig(transport, { clock, server: FROM_LOOPBACK, limits: { headTimeoutMs: 1_000 } });
    const client = await rig.client();
    client.send('PROXY TCP4 192');
    await until(() => rig.server.openConnections === 1);
    await turns();
    expect(client.isClosed || client.hasEnded).toBe(false);
    clock.advance(1_200);
    await client.gone();
    expect(rig.engine.stats.proxyHeadersRefused).toBe(1);
  });

  test.each([
    ['version 1', LINE],
    ['version 2', BINARY],
  ])(
    `from a peer that is not listed a header is refused as a malformed request, %s · ${transport.name}`,
    async (_, header) => {
      rig = await startRig(transport, { server: { proxyProtocol: [CLIENT] } });
      const client = await rig.client();
      client.send(header + GET);
      await client.gone();
      expect(client.received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
      expect(rig.backend.peers).toHaveLength(0);
    },
  );

  test(`limits per address count the client, not the balancer · ${transport.name}`, async () => {
    rig = await startRig(transport, { server: { ...FROM_LOOPBACK, maxConnectionsPerAddress: 1 } });
    const [one, other, again] = [await rig.client(), await rig.client(), await rig.client()];
    one.send(LINE);
    other.send(LINE.replace('192.0.2.1', '192.0.2.2'));
    await turns();
    again.send(LINE + GET);
    await again.until('x-rouse-error: too-many-connections');
    expect([one.isClosed, other.isClosed]).toEqual([false, false]);
    one.socket.destroy();
    await until(() => rig.engine.stats.clientConnections === 1);
    const later = await rig.client();
    later.send(LINE + GET);
    await (await rig.backend.peer()).until('X-Forwarded-For: 192.0.2.1');
  });

  test(`a client too many is closed without a word where so many are turned away already, its header in pieces or not · ${transport.name}`, async () => {
    rig = await startRig(transport, { server: { ...FROM_LOOPBACK, maxConnectionsPerAddress: 1 } });
    const { stats } = rig.engine;
    (await rig.client()).send(LINE);
    await until(() => stats.clientConnections === 1);
    await turns();
    for (let waiting = 0; waiting < 32; waiting++) (await rig.client()).send(LINE);
    await until(() => stats.clientConnectionsOverAddressLimit === 32);
    const inPieces = await rig.client();
    inPieces.send(LINE.slice(0, 10));
    await turns();
    inPieces.send(LINE.slice(10) + GET);
    const atOnce = await rig.client();
    atOnce.send(LINE + GET);
    await Promise.all([inPieces.gone(), atOnce.gone()]);
    expect(inPieces.received + atOnce.received).toBe('');
    expect([stats.clientConnectionsOverAddressLimit, stats.proxyHeadersRefused]).toEqual([34, 0]);
    expect(stats.clientConnections).toBe(1);
  });

  test(`the forwarding fields of a client behind the balancer are kept where that client is trusted · ${transport.name}`, async () => {
    rig = await startRig(transport, { server: { ...FROM_LOOPBACK, trustedProxies: [CLIENT] } });
    const client = await rig.client();
    client.send(`${LINE}GET / HTTP/1.1\r\nHost: app.test\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n`);
    await (await rig.backend.peer()).until('X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\n');
  });

  test(`who has not sent its header when the proxy drains is closed · ${transport.name}`, async () => {
    rig = await startRig(transport, { server: FROM_LOOPBACK });
    const client = await rig.client();
    await until(() => rig.server.openConnections === 1);
    rig.server.drain();
    await client.gone();
    expect(rig.server.openConnections).toBe(0);
  });
}
