import { manualClock, until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { type Peer, type Rig, type RigOptions, startRig, transports, turns } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const GET = 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 10\r\n\r\n';
const settle = () => turns();

for (const transport of transports) {
  async function start(options: RigOptions = {}) {
    const clock = manualClock();
    rig = await startRig(transport, { clock, ...options });
    const client = await rig.client();
    await until(() => rig.server.openConnections === 1);
    return { clock, client };
  }

  async function startExchange(options: RigOptions, request = GET) {
    const started = await start(options);
    started.client.send(request);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    return { ...started, pod };
  }

  async function staysOpen(client: Peer): Promise<void> {
    await settle();
    expect(client.hasEnded || client.isClosed).toBe(false);
  }

  test(`a connection without a request is closed after keep-alive-timeout · ${transport.name}`, async () => {
    const { clock, client } = await start();
    clock.advance(74_900);
    await staysOpen(client);
    clock.advance(300);
    await client.gone();
    expect(client.received).toBe('');
  });

  test(`the time between requests counts from the last answer · ${transport.name}`, async () => {
    const { clock, client, pod } = await startExchange({});
    clock.advance(60_000);
    pod.send('HTTP/1.1 204 No Content\r\n\r\n');
    await client.until('204');
    clock.advance(74_900);
    await staysOpen(client);
    clock.advance(300);
    await client.gone();
  });

  test(`a head must be complete within head-timeout of its first byte, however slowly it drips · ${transport.name}`, async () => {
    const { clock, client } = await start();
    clock.advance(50_000);
    for (const piece of ['GET / HT', 'TP/1.1\r\nHo', 'st: app']) {
      client.send(piece);
      await settle();
      clock.advance(3_300);
    }
    await staysOpen(client);
    clock.advance(300);
    await client.gone();
    expect(client.received).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(client.received).toContain('x-rouse-error: head-timeout\r\n');
  });

  test(`an empty line in two pieces begins no head: the time between requests goes on · ${transport.name}`, async () => {
    const { clock, client } = await start();
    for (const piece of ['\r', '\n']) {
      client.send(piece);
      await settle();
    }
    clock.advance(20_000);
    await staysOpen(client);
    client.send('\r\n');
    await client.gone();
    expect(client.received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  });

  test(`a client that stops sending its body is refused, one that drips is not · ${transport.name}`, async () => {
    const { clock, client, pod } = await startExchange({ workload: { responseTimeoutMs: 0 } }, POST);
    for (const byte of 'abc') {
      clock.advance(59_000);
      client.send(byte);
      await pod.until((received) => received.endsWith(byte));
    }
    clock.advance(59_900);
    await staysOpen(client);
    clock.advance(300);
    await client.until('x-rouse-error: client-stalled\r\n');
    expect(client.received).toMatch(/^HTTP\/1\.1 408 /);
    await pod.gone();
  });

  test(`a client that waits for 100 Continue is not blamed for a pod that is slow to give it · ${transport.name}`, async () => {
    const clock = manualClock();
    rig = await startRig(transport, {
      clock,
      limits: { clientStallTimeoutMs: 1_000 },
      workload: { responseTimeoutMs: 9_000 },
    });
    const client = await rig.client();
    client.send('POST / HTTP/1.1\r\nHost: app.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n');
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    await turns();
    for (let passedMs = 0; passedMs < 5_000; passedMs += 500) clock.advance(500);
    pod.send('HTTP/1.1 100 Continue\r\n\r\n');
    await client.until('100 Continue\r\n\r\n');
    expect(client.received).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    client.send('bo');
    await pod.until('bo');
    // Now it is its turn.
    for (let passedMs = 0; passedMs < 1_500; passedMs += 500) clock.advance(500);
    await client.until('x-rouse-error: client-stalled');
    expect(rig.path.inFlight).toBe(0);
  });

  test(`100 Continue given and no body sent: the client has stalled · ${transport.name}`, async () => {
    const clock = manualClock();
    rig = await startRig(transport, { clock, limits: { clientStallTimeoutMs: 1_000 } });
    const client = await rig.client();
    client.send('POST / HTTP/1.1\r\nHost: app.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n');
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    pod.send('HTTP/1.1 100 Continue\r\n\r\n');
    await client.until('100 Continue');
    for (let passedMs = 0; passedMs < 1_500; passedMs += 500) clock.advance(500);
    await client.until('x-rouse-error: client-stalled');
  });

  test(`a client that takes nothing of its answer is cut off · ${transport.name}`, async () => {
    const { clock, client, pod } = await startExchange({});
    client.socket.pause();
    pod.send('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n');
    pod.socket.write(Buffer.alloc(100_000_000));
    await until(() => rig.engine.stats.clientBytesWritten > 500_000);
    await settle();
    clock.advance(59_900);
    await settle();
    expect(rig.path.log).toEqual(['responded 200']);
    clock.advance(300);
    await until(() => rig.path.log.length === 2);
    expect(rig.path.log).toEqual(['responded 200', 'ended client-gone 200']);
    await pod.gone();
  });

  test(`response-timeout counts to the first byte of the final response · ${transport.name}`, async () => {
    const { clock, client, pod } = await startExchange({ workload: { responseTimeoutMs: 5_000 } });
    clock.advance(3_000);
    pod.send('HTTP/1.1 103 Early Hints\r\n\r\n');
    await client.until('103');
    clock.advance(1_900);
    await staysOpen(client);
    clock.advance(300);
    await client.until('x-rouse-error: response-timeout\r\n');
    expect(rig.path.log).toEqual(['failed response-timeout never', 'ended refused 504']);
    await pod.gone();
  });

  test(`a response that has begun may take its time, unless idle-timeout is set · ${transport.name}`, async () => {
    const { clock, client, pod } = await startExchange({ workload: { responseTimeoutMs: 5_000 } });
    pod.send('HTTP/1.1 200 OK\r\n\r\ndata: 1\n');
    await client.until('data: 1');
    clock.advance(3_600_000);
    await staysOpen(client);
    pod.send('data: 2\n');
    await client.until('data: 2');
  });

  test(`idle-timeout cuts a response in which nothing moves · ${transport.name}`, async () => {
    const { clock, client, pod } = await startExchange({ workload: { idleTimeoutMs: 2_000 } });
    pod.send('HTTP/1.1 200 OK\r\n\r\ndata: 1\n');
    await client.until('data: 1');
    clock.advance(1_900);
    pod.send('data: 2\n');
    await client.until('data: 2');
    clock.advance(1_900);
    await staysOpen(client);
    clock.advance(300);
    await client.wasReset();
    expect(rig.path.log.at(-1)).toBe('ended cut 200');
  });

  test(`request-timeout ends an exchange that waits, and one that is held · ${transport.name}`, async () => {
    const { clock, client, pod } = await startExchange({ workload: { requestTimeoutMs: 2_000 } });
    clock.advance(2_200);
    await client.until('x-rouse-error: request-timeout\r\n');
    await pod.gone();
    client.received = '';
    rig.path.holds = true;
    client.send(GET);
    await until(() => rig.path.held.length === 1);
    clock.advance(1_900);
    await settle();
    expect(rig.path.held).toHaveLength(1);
    clock.advance(300);
    await client.until('x-rouse-error: request-timeout\r\n');
    expect(rig.path.held).toHaveLength(0);
  });

  test(`request-timeout cuts a response that goes on too long · ${transport.name}`, async () => {
    const { clock, client, pod } = await startExchange({ workload: { requestTimeoutMs: 2_000 } });
    pod.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
    await client.until('hello');
    clock.advance(2_200);
    await client.gone();
    expect(rig.path.log.at(-1)).toBe('ended cut 200');
  });

  test(`a client that goes on sending after an answer is read for 5 s and no longer · ${transport.name}`, async () => {
    const { clock, client } = await start();
    client.send('POST / HTTP/1.1\r\nHost: nowhere.test\r\nContent-Length: 1000\r\n\r\n');
    await client.until(() => client.hasEnded);
    client.send('abc');
    clock.advance(4_900);
    await settle();
    expect(rig.server.openConnections).toBe(1);
    clock.advance(300);
    await until(() => rig.server.openConnections === 0);
  });
}
