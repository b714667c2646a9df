import { readFileSync } from 'node:fs';
import { parseIp } from '@rouse/contract';
import { manualClock, until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { type Rig, startRig, transports, turns, VIA } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const GET = 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n';
const NO_CONTENT = 'HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n';
const LOOPBACK = { text: '127.0.0.1', family: 4, network: parseIp('127.0.0.1')!.value, prefixBits: 32 } as const;

for (const transport of transports) {
  test(`draining: idle connections close, answers say so, what runs is finished · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const [idle, active, partial] = [await rig.client(), await rig.client(), await rig.client()];
    active.send(GET);
    partial.send('GET / HTTP/1.1\r\n');
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    await until(() => rig.server.openConnections === 3);
    rig.server.drain();
    await idle.gone();
    expect(active.hasEnded || partial.hasEnded).toBe(false);
    pod.send(NO_CONTENT);
    await active.until(() => active.hasEnded);
    expect(active.received).toBe(`HTTP/1.1 204 No Content\r\nDate: x\r\nVia: 1.1 ${VIA}\r\nConnection: close\r\n\r\n`);
    partial.send('Host: nowhere.test\r\n\r\n');
    await partial.until(() => partial.hasEnded);
    expect(partial.received).toContain('\r\nConnection: close\r\n');
    const late = await rig.client();
    late.send('GET / HTTP/1.1\r\nHost: nowhere.test\r\n\r\n');
    await late.until(() => late.hasEnded);
    expect(late.received).toContain('\r\nConnection: close\r\n');
    rig.server.stopListening();
    for (const client of [idle, active, partial, late]) client.socket.end();
    await until(() => rig.server.openConnections === 0);
    await expect(
      rig.client().then(
        () => 'connected',
        () => 'refused',
      ),
    ).resolves.toBe('refused');
  });

  test(`closing all cuts off what is held and what runs · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const [held, active, idle] = [await rig.client(), await rig.client(), await rig.client()];
    active.send(GET);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    rig.path.holds = true;
    held.send(GET);
    await until(() => rig.path.held.length === 1 && rig.server.openConnections === 3);
    expect(rig.server.closeAll()).toBe(3);
    for (const peer of [held, active, idle, pod]) await peer.gone();
    expect(rig.path.log).toHaveLength(2);
    expect(rig.path.inFlight).toBe(0);
    expect(rig.server.openConnections).toBe(0);
  });

  test(`no more connections than allowed, in all · ${transport.name}`, async () => {
    rig = await startRig(transport, { server: { maxConnections: 4 } });
    const clients = [await rig.client(), await rig.client(), await rig.client()];
    const refused = await rig.client();
    refused.send(`POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 100000\r\n\r\n${'a'.repeat(100_000)}`);
    await refused.until(() => refused.hasEnded);
    expect(refused.received).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
    expect(refused.received).toContain('\r\nx-rouse-error: too-many-connections\r\nRetry-After: 1\r\n');
    expect(refused.received).toContain('\r\nConnection: close\r\n');
    expect(rig.backend.peers).toHaveLength(0);
    expect(rig.engine.stats).toMatchObject({ clientConnections: 3, clientConnectionsOverLimit: 1 });
    clients[0]!.socket.destroy();
    await until(() => rig.server.openConnections === 2);
    const again = await rig.client();
    again.send('GET / HTTP/1.1\r\nHost: nowhere.test\r\n\r\n');
    await again.until('404');
  });

  test(`who is turned away and asks nothing is closed, and of a flood most are closed at once · ${transport.name}`, async () => {
    const clock = manualClock();
    rig = await startRig(transport, { clock, server: { maxConnections: 2 } });
    await rig.client();
    const flood = await Promise.all(Array.from({ length: 40 }, () => rig.client()));
    await until(() => flood.filter((client) => client.hasEnded || client.isClosed).length === 8);
    await turns();
    expect(flood.filter((client) => client.hasEnded || client.isClosed)).toHaveLength(8);
    clock.advance(1_200);
    for (const client of flood) await client.gone();
    expect(rig.engine.stats).toMatchObject({ clientConnections: 1, clientConnectionsOverLimit: 40 });
    await until(() => rig.engine.wheel.filed === 1, 'only the timer of the connection that is open');
  });

  test(`no more connections of one address than allowed · ${transport.name}`, async () => {
    rig = await startRig(transport, { server: { maxConnectionsPerAddress: 2 } });
    const clients = [await rig.client(), await rig.client()];
    const refused = await rig.client();
    refused.send(GET);
    await refused.until('x-rouse-error: too-many-connections');
    await refused.gone();
    expect(rig.engine.stats).toMatchObject({ clientConnections: 2, clientConnectionsOverAddressLimit: 1 });
    for (const client of clients) client.socket.destroy();
    await until(() => rig.server.openConnections === 0);
    const again = await rig.client();
    again.send('GET / HTTP/1.1\r\nHost: nowhere.test\r\n\r\n');
    await again.until('404');
  });

  test.runIf(process.platform === 'linux')(
    `peers on either side that leave without a word are looked after by the kernel · ${transport.name}`,
    async () => {
      rig = await startRig(transport);
      const client = await rig.client();
      client.send('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n');
      const pod = await rig.backend.peer();
      await pod.until('\r\n\r\n');
      const hex = (port: number | undefined) => `0100007F:${(port ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
      for (const [local, remote] of [
        [rig.server.port, client.socket.localPort],
        [pod.socket.remotePort, rig.backend.port],
      ]) {
        // proc(5): both addresses, state, queues, and `02` for a keep-alive timer, once all that was sent is acknowledged.
        const probed = new RegExp(`: ${hex(local)} ${hex(remote)} 01 \\S+ 02:`);
        await until(() => probed.test(readFileSync('/proc/net/tcp', 'latin1')), `probes from ${local} to ${remote}`);
      }
    },
  );

  test(`what a trusted peer says is kept and extended · ${transport.name}`, async () => {
    rig = await startRig(transport, { server: { trustedProxies: [LOOPBACK] } });
    const client = await rig.client();
    const request = 'GET / HTTP/1.1\r\nHost: app.test\r\n';
    const via = `Via: 1.1 ${VIA}\r\n`;
    const table = [
      [
        'X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a.b\r\nX-Real-IP: 1.1.1.1\r\n',
        `X-Forwarded-Proto: https\r\nX-Forwarded-Host: a.b\r\nX-Real-IP: 1.1.1.1\r\n${via}X-Forwarded-For: 1.1.1.1, 2.2.2.2, 127.0.0.1\r\n`,
      ],
      [
        'Forwarded: for=1.1.1.1;proto=https\r\n',
        `${via}X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: app.test\r\nForwarded: for=1.1.1.1;proto=https, for=127.0.0.1;host=app.test;proto=http\r\n`,
      ],
      // Nobody on the way can have it taken away (CVE-2022-31813).
      [
        'Connection: X-Forwarded-For, Forwarded, X-Forwarded-Proto, X-Forwarded-Host, X-Real-IP\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a.b\r\nX-Real-IP: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\n',
        `X-Forwarded-Proto: https\r\nX-Forwarded-Host: a.b\r\nX-Real-IP: 1.1.1.1\r\n${via}X-Forwarded-For: 1.1.1.1, 127.0.0.1\r\nForwarded: for=1.1.1.1, for=127.0.0.1;host=app.test;proto=http\r\n`,
      ],
      [
        '',
        `${via}X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: app.test\r\nForwarded: for=127.0.0.1;host=app.test;proto=http\r\n`,
      ],
    ] as const;
    for (const [fields, expected] of table) {
      client.send(`${request}${fields}\r\n`);
      const pod = await rig.backend.peer();
      await pod.until('\r\n\r\n');
      expect(pod.received).toBe(`${request}${expected}\r\n`);
      pod.received = '';
      client.received = '';
      pod.send(NO_CONTENT);
      await client.until('204');
    }
  });

  test(`a port in use is told · ${transport.name}`, async () => {
    rig = await startRig(transport);
    await expect(startRig(transport, { server: { port: rig.server.port } })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
}
