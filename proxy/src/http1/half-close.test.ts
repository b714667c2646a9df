/** Clients that have sent all they will (FIN) and still read: they get everything, and what they said reaches the pod. */
import { manualClock, until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { type Rig, stable, startRig, transports, turns } from './http1-fixture.ts';
import type { Wire } from './wire.ts';

let rig: Rig;
afterEach(() => rig.stop());

const GET = 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n';
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';

for (const transport of transports) {
  test(`FIN before the answer: it is given, then the connection ends · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(GET);
    client.socket.end();
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    pod.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until(() => client.hasEnded);
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nok$/s);
    expect(rig.path.log).toEqual(['responded 200', 'ended answered 200']);
  });

  test(`FIN while the last bytes of an answer wait for a slow client: it gets them all · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.socket.pause();
    client.send(GET);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    // As much as leaves some in the proxy's hands when the pod is done: a piece more than the kernel takes.
    pod.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const piece = 'a'.repeat(30_000);
    let pieces = 0;
    for (let taken = -1; taken !== rig.engine.stats.clientBytesWritten; ) {
      taken = rig.engine.stats.clientBytesWritten;
      pod.send(`7530\r\n${piece}\r\n`);
      pieces++;
      const untilMs = performance.now() + 100;
      await until(() => rig.engine.stats.clientBytesWritten > taken || performance.now() > untilMs);
      if (pieces > 1_000) throw new Error('the kernel takes everything');
    }
    pod.send('0\r\n\r\n');
    const before = await stable(() => rig.engine.stats.clientBytesWritten);
    client.socket.end();
    await turns();
    client.socket.resume();
    await client.until(() => client.hasEnded || client.isClosed);
    expect(client.errorCode).toBe('');
    expect(client.received.endsWith('0\r\n\r\n'), `${before} bytes were passed on before FIN`).toBe(true);
    expect(client.received.split('a').length - 1).toBeGreaterThanOrEqual(pieces * piece.length);
    expect(rig.path.log.at(-1)).toBe('ended answered 200');
  });

  test(`FIN behind a complete answer of which a part is still to be taken: it is not cut off · ${transport.name}`, async () => {
    let wire: Wire | null = null;
    rig = await startRig({
      ...transport,
      createListener: (accept) =>
        transport.createListener((accepted) => {
          wire = accepted;
          accept(accepted);
        }),
    });
    const body = 'b'.repeat(15_000);
    rig.backend.onPeer = (peer) =>
      peer.socket.on('data', () => peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
    const client = await rig.client();
    client.socket.pause();
    // One whole answer after another, until the kernel does not take all of one.
    let count = 0;
    while (count === 0 || wire!.isSettled) {
      client.send(GET);
      count++;
      await until(() => rig.path.log.length === 2 * count);
      if (count > 2_000) throw new Error('the kernel takes everything');
    }
    client.socket.end();
    await turns();
    client.socket.resume();
    await client.until(() => client.hasEnded || client.isClosed);
    expect(client.errorCode).toBe('');
    expect(client.received.split('b').length - 1).toBeGreaterThanOrEqual(count * body.length);
    expect(client.received.endsWith('bbb')).toBe(true);
    await until(() => rig.server.openConnections === 0);
  });

  test(`FIN before the pod agrees to an upgrade is passed on · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(`GET / HTTP/1.1\r\nHost: app.test\r\n${UPGRADE}\r\nearly`);
    client.socket.end();
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    await turns();
    pod.send(`HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}\r\n`);
    await pod.until('early');
    await until(() => pod.hasEnded, 'FIN at the pod');
    pod.socket.end('last');
    await client.until('last');
    await until(() => rig.engine.stats.tunnels === 0 && rig.path.inFlight === 0);
  });

  test(`a client that takes nothing of the end of its last answer is reset, not forgotten · ${transport.name}`, async () => {
    const clock = manualClock();
    rig = await startRig(transport, { clock, limits: { clientStallTimeoutMs: 1_000 } });
    const client = await rig.client();
    client.socket.pause();
    // More answers than the kernel takes, and an end behind them.
    const body = 'b'.repeat(15_000);
    rig.backend.onPeer = (peer) =>
      peer.socket.on('data', () => peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
    for (;;) {
      const { clientBytesWritten } = rig.engine.stats;
      client.send(GET);
      const untilMs = performance.now() + 100;
      await until(() => rig.engine.stats.clientBytesWritten > clientBytesWritten || performance.now() > untilMs);
      if (rig.engine.stats.clientBytesWritten === clientBytesWritten) break;
    }
    rig.server.drain();
    await turns();
    for (let passedMs = 0; passedMs < 10_000; passedMs += 500) {
      clock.advance(500);
      await turns(2);
    }
    await until(() => rig.server.openConnections === 0);
    client.socket.resume();
    await client.wasReset();
  });

  test(`a client that sent FIN and then left, while a response or a tunnel is silent, is found out · ${transport.name}`, async () => {
    for (const [request, response] of [
      [GET, 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n1\n\n'],
      [`GET / HTTP/1.1\r\nHost: app.test\r\n${UPGRADE}\r\n`, `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}\r\n`],
    ] as const) {
      const clock = manualClock();
      rig = await startRig(transport, { clock });
      const client = await rig.client();
      client.send(request);
      const pod = await rig.backend.peer();
      await pod.until('\r\n\r\n');
      pod.send(response);
      await client.until('\r\n\r\n');
      client.socket.end();
      await turns();
      // As the kernel finds out by its own probes.
      client.socket.resetAndDestroy();
      await turns();
      expect(rig.path.inFlight).toBe(1);
      for (let passedMs = 0; passedMs < 5_500; passedMs += 500) {
        clock.advance(500);
        await turns(3);
      }
      await until(() => rig.path.inFlight === 0, 'the end of the exchange');
      await pod.gone();
      pod.socket.destroy();
      await until(() => rig.server.openConnections === 0);
      rig.stop();
    }
  });

  test(`FIN within a stream of events is a departure: the pod is free at once · ${transport.name}`, async () => {
    for (const [type, framing] of [
      ['text/event-stream', 'Transfer-Encoding: chunked\r\n'],
      ['Text/Event-Stream; charset=utf-8', ''],
    ] as const) {
      rig = await startRig(transport);
      const client = await rig.client();
      client.send(GET);
      const pod = await rig.backend.peer();
      await pod.until('\r\n\r\n');
      pod.send(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n${framing}\r\n`);
      await client.until('\r\n\r\n');
      client.socket.end();
      await until(() => rig.path.inFlight === 0, 'the end of the exchange');
      await pod.gone();
      expect(rig.path.log).toEqual(['responded 200', 'ended client-gone 200']);
      rig.stop();
    }
  });

  test(`FIN before a stream of events has begun: who has stayed till then gets it · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(GET);
    client.socket.end();
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    await turns();
    pod.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
    await client.until('data: 1\n\n');
    pod.send('data: 2\n\n');
    pod.socket.end();
    await client.until(() => client.hasEnded);
    expect(client.received.endsWith('data: 1\n\ndata: 2\n\n')).toBe(true);
  });

  test(`a client that sent FIN and stays gets what comes later, and nothing else · ${transport.name}`, async () => {
    const clock = manualClock();
    rig = await startRig(transport, { clock });
    const client = await rig.client();
    client.send(GET);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    pod.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab');
    await client.until('ab');
    client.socket.end();
    await turns();
    for (let passedMs = 0; passedMs < 20_000; passedMs += 500) clock.advance(500);
    pod.send('cd');
    await client.until(() => client.hasEnded);
    expect(client.received.endsWith('\r\n\r\nabcd')).toBe(true);
    expect(client.received).not.toContain('100 Continue');
    expect(rig.path.log.at(-1)).toBe('ended answered 200');
  });
}
