import { manualClock, until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { addedToRequest, type Rig, stable, startRig, transports, turns, VIA } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const HEAD = 'Host: app.test\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

for (const transport of transports) {
  test(`a held request is sent on with its early body, and its answer tells the wait · ${transport.name}`, async () => {
    rig = await startRig(transport);
    rig.path.holds = true;
    const client = await rig.client();
    client.send(`POST / HTTP/1.1\r\n${HEAD}Content-Length: 10\r\n\r\nhello`);
    await until(() => rig.path.held.length === 1);
    expect(rig.path.held[0]!.bufferedBytes).toBeGreaterThan(50);
    expect(rig.path.held[0]!.field('content-length')).toBe('10');
    expect(rig.path.held[0]!.field('absent')).toBeUndefined();
    client.send('world');
    const fromMs = performance.now();
    await until(() => performance.now() - fromMs > 30);
    rig.path.release();
    const pod = await rig.backend.peer();
    await pod.until('helloworld');
    expect(pod.received).toBe(
      `POST / HTTP/1.1\r\n${HEAD}Content-Length: 10\r\n${addedToRequest('app.test')}\r\nhelloworld`,
    );
    pod.send('HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 0\r\n\r\n');
    await client.until('\r\n\r\n');
    expect(client.received).toMatch(
      /^HTTP\/1\.1 200 OK\r\nDate: x\r\nContent-Length: 0\r\nVia: 1\.1 rouse-test\r\nServer-Timing: rouse-wake;dur=\d+\.\d\r\n\r\n$/,
    );
    const waitedMs = Number(/dur=([\d.]+)/.exec(client.received)![1]);
    expect(waitedMs).toBeGreaterThanOrEqual(25);
    expect(waitedMs).toBeLessThan(2_000);
  });

  test(`the body of a held upload stays in the socket, and the sender is blocked · ${transport.name}`, async () => {
    rig = await startRig(transport);
    rig.path.holds = true;
    const client = await rig.client();
    const size = 64 * 1024 * 1024;
    client.send(`PUT / HTTP/1.1\r\n${HEAD}Content-Length: ${size}\r\n\r\n`);
    client.socket.write(Buffer.alloc(size, 'a'));
    await until(() => rig.path.held.length === 1);
    await stable(() => rig.engine.stats.clientBytesRead);
    expect(rig.engine.stats.clientBytesRead).toBeLessThanOrEqual(transport.name === 'onread' ? 8_192 : 196_608);
    let received = 0;
    rig.backend.onPeer = (peer) => {
      peer.socket.removeAllListeners('data');
      peer.socket.on('data', (bytes) => {
        received += bytes.length;
      });
    };
    rig.path.release();
    await until(() => received >= size, 'all of the upload at the pod');
    (await rig.backend.peer()).send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until('\r\n\r\nok');
  });

  test(`a client that leaves while its request is held is noticed · ${transport.name}`, async () => {
    rig = await startRig(transport);
    rig.path.holds = true;
    const client = await rig.client();
    client.send(`GET / HTTP/1.1\r\n${HEAD}\r\n`);
    await until(() => rig.path.held.length === 1);
    client.socket.destroy();
    await until(() => rig.path.log.length === 1);
    expect(rig.path.log).toEqual(['ended client-gone 0']);
    expect(rig.path.held).toHaveLength(0);
    expect(rig.server.openConnections).toBe(0);
  });

  test(`a client that closes only its side while held gets 100 Continue, and its answer · ${transport.name}`, async () => {
    const clock = manualClock();
    rig = await startRig(transport, { clock });
    rig.path.holds = true;
    const client = await rig.client();
    client.send(`GET / HTTP/1.1\r\n${HEAD}\r\n`);
    client.socket.end();
    await turns();
    clock.advance(100);
    await client.until(CONTINUE);
    for (let step = 0; step < 8; step++) {
      clock.advance(50);
      await turns();
    }
    expect(rig.path.held).toHaveLength(1);
    rig.path.release();
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    pod.send('HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\n\r\nhi');
    await client.until(() => client.hasEnded);
    expect(client.received.startsWith(`${CONTINUE}HTTP/1.1 200 OK\r\n`)).toBe(true);
    expect(client.received.endsWith('\r\n\r\nhi')).toBe(true);
  });

  test(`a client that leaves while its upload is held is asked after 5 s and noticed · ${transport.name}`, async () => {
    const clock = manualClock();
    rig = await startRig(transport, { clock });
    rig.path.holds = true;
    const client = await rig.client();
    client.send(`POST / HTTP/1.1\r\n${HEAD}Content-Length: 1000000\r\n\r\n${'a'.repeat(500_000)}`);
    await until(() => rig.path.held.length === 1);
    client.socket.destroy();
    await turns();
    expect(rig.path.held).toHaveLength(1);
    clock.advance(5_100);
    await turns();
    clock.advance(300);
    await until(() => rig.path.log.length === 1);
    expect(rig.path.log).toEqual(['ended client-gone 0']);
  });

  test(`FIN is a departure for HTTP/1.0 and for Expect · ${transport.name}`, async () => {
    rig = await startRig(transport);
    rig.path.holds = true;
    for (const request of [
      `GET / HTTP/1.0\r\n${HEAD}\r\n`,
      `POST / HTTP/1.1\r\n${HEAD}Expect: 100-continue\r\nContent-Length: 0\r\n\r\n`,
    ]) {
      const client = await rig.client();
      client.send(request);
      await until(() => rig.path.held.length === 1);
      client.socket.end();
      await until(() => rig.path.held.length === 0);
      expect(client.received).toBe('');
      expect(rig.path.log.splice(0)).toEqual(['ended client-gone 0']);
    }
  });

  test(`a held request may be refused, and the connection goes on · ${transport.name}`, async () => {
    rig = await startRig(transport);
    rig.path.holds = true;
    const client = await rig.client();
    client.send(`GET / HTTP/1.1\r\n${HEAD}Accept: text/html\r\n\r\n`);
    await until(() => rig.path.held.length === 1);
    rig.path.held[0]!.refuse('wake-timeout', 'a detail "quoted"');
    await client.until('\n');
    await client.until('wake-timeout)');
    expect(client.received).toMatch(/^HTTP\/1\.1 504 Gateway Timeout\r\nContent-Type: text\/plain/);
    client.received = '';
    client.send(`GET / HTTP/1.1\r\n${HEAD}\r\n`);
    await until(() => rig.path.held.length === 1);
    rig.path.held[0]!.refuse('queue-full', 'a detail "quoted"');
    await client.until('}\n');
    expect(client.received).toContain('\r\nRetry-After: 1\r\n');
    const body = JSON.parse(client.received.slice(client.received.indexOf('\r\n\r\n')));
    expect(body).toMatchObject({ status: 503, detail: 'a detail "quoted"' });
    expect(body.type.endsWith('queue-full')).toBe(true);
    expect(client.received).not.toContain('Connection: close');
    expect(rig.path.log).toEqual(['ended refused 504', 'ended refused 503']);
  });

  test(`early requests of a connection whose request is held stay within a read, and are counted · ${transport.name}`, async () => {
    rig = await startRig(transport);
    rig.path.holds = true;
    const client = await rig.client();
    const request = `GET /${'a'.repeat(1_000)} HTTP/1.1\r\n${HEAD}\r\n`;
    const count = 2_000;
    client.send(request.repeat(count));
    await until(() => rig.path.held.length === 1);
    await stable(() => rig.engine.stats.clientBytesRead);
    expect(rig.engine.stats.clientBytesRead).toBeLessThanOrEqual(transport.name === 'onread' ? 8_192 : 65_536);
    expect(rig.path.held[0]!.bufferedBytes).toBe(rig.engine.stats.clientBytesRead);
    let seen = 0;
    rig.backend.onPeer = (peer) => {
      peer.socket.on('data', () => {
        for (let end = peer.received.indexOf('\r\n\r\n'); end >= 0; end = peer.received.indexOf('\r\n\r\n')) {
          peer.received = peer.received.slice(end + 4);
          seen++;
          peer.send('HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n');
        }
      });
    };
    rig.path.release();
    await until(() => seen === count, 'all requests at the pod');
    await client.until((received) => received.split('HTTP/1.1 204').length === count + 1);
    expect(client.received.split(`Via: 1.1 ${VIA}`)).toHaveLength(count + 1);
  });
}
