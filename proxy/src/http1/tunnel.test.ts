import { manualClock, until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { AccessLog } from '../access-log.ts';
import { addedToRequest, type Rig, type RigOptions, startRig, transports, turns, VIA } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const REQUEST = `GET /ws HTTP/1.1\r\nHost: app.test\r\n${UPGRADE}Sec-WebSocket-Key: k\r\n\r\n`;
const SENT = `GET /ws HTTP/1.1\r\nHost: app.test\r\nSec-WebSocket-Key: k\r\n${addedToRequest('app.test')}${UPGRADE}\r\n`;
const SWITCH = `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}Sec-WebSocket-Accept: a\r\n\r\n`;
const SWITCHED = `HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: a\r\nVia: 1.1 ${VIA}\r\n${UPGRADE}\r\n`;

for (const transport of transports) {
  async function open(options: RigOptions = {}) {
    rig = await startRig(transport, options);
    const client = await rig.client();
    client.send(REQUEST);
    const pod = await rig.backend.peer();
    await pod.until((received) => received.length >= SENT.length);
    expect(pod.received).toBe(SENT);
    pod.send(SWITCH);
    await client.until((received) => received.length >= SWITCHED.length);
    expect(client.received).toBe(SWITCHED);
    client.received = '';
    pod.received = '';
    return { client, pod };
  }

  test(`bytes go both ways, early ones and surplus ones too · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    await client.sendByteByByte(`${REQUEST}early \0\xff`);
    const pod = await rig.backend.peer();
    await pod.until((received) => received.length >= SENT.length);
    await turns();
    expect(pod.received).toBe(SENT);
    await pod.sendByteByByte(`${SWITCH}first \0\xfe`);
    await pod.until('early \0\xff');
    await client.until('first \0\xfe');
    expect(client.received).toBe(`${SWITCHED}first \0\xfe`);
    client.send('ping');
    await pod.until('ping');
    pod.send('pong');
    await client.until('pong');
    expect(rig.engine.stats.tunnels).toBe(1);
    expect(rig.path.log).toEqual(['responded 101']);
  });

  test(`each side sees how the other ended · ${transport.name}`, async () => {
    const { client, pod } = await open();
    client.send('bye');
    client.socket.end();
    await pod.until(() => pod.hasEnded);
    expect(pod.received).toBe('bye');
    pod.send('farewell');
    pod.socket.end();
    await client.until(() => client.hasEnded);
    expect(client.received).toBe('farewell');
    await until(() => rig.path.log.length === 2);
    expect(rig.path.log).toEqual(['responded 101', 'ended answered 101']);
    expect(rig.engine.stats.tunnels).toBe(0);
    expect(rig.server.openConnections).toBe(0);
    expect(rig.path.pod!.connections.open).toBe(0);
  });

  test(`a reset of one side is a reset for the other · ${transport.name}`, async () => {
    const first = await open();
    first.pod.socket.resetAndDestroy();
    await first.client.wasReset();
    rig.stop();
    const second = await open();
    second.client.socket.resetAndDestroy();
    await second.pod.wasReset();
  });

  test(`64 MiB each way arrive whole, with a slow reader · ${transport.name}`, async () => {
    const { client, pod } = await open();
    const size = 64 * 1024 * 1024;
    let up = 0;
    let down = 0;
    for (const peer of [client, pod]) peer.socket.removeAllListeners('data');
    client.socket.on('data', (bytes) => {
      down += bytes.length;
      if (down % 7 === 0) {
        client.socket.pause();
        setTimeout(() => client.socket.resume(), 1);
      }
    });
    pod.socket.on('data', (bytes) => {
      up += bytes.length;
    });
    for (let sent = 0; sent < size; sent += 1024 * 1024) {
      client.socket.write(Buffer.alloc(1024 * 1024));
      pod.socket.write(Buffer.alloc(1024 * 1024));
    }
    await until(() => up === size && down === size, 'all bytes both ways');
  });

  test(`a pod that declines: early bytes are the next request · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(`${REQUEST}GET /next HTTP/1.1\r\nHost: app.test\r\n\r\n`);
    const pod = await rig.backend.peer();
    await pod.until(SENT);
    pod.send('HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\n\r\nno');
    await pod.until(`GET /next HTTP/1.1\r\nHost: app.test\r\n${addedToRequest('app.test')}\r\n`);
    expect(client.received.endsWith('\r\n\r\nno')).toBe(true);
  });

  test(`101 to another protocol than asked for is 502 · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(REQUEST);
    const pod = await rig.backend.peer();
    await pod.until(SENT);
    pod.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    await client.until('x-rouse-error: bad-response');
    await pod.gone();
  });

  test(`an upgrade waits as long as it likes, and a tunnel until idle-timeout · ${transport.name}`, async () => {
    const clock = manualClock();
    rig = await startRig(transport, { clock, workload: { responseTimeoutMs: 1_000, idleTimeoutMs: 10_000 } });
    const client = await rig.client();
    client.send(REQUEST);
    const pod = await rig.backend.peer();
    await pod.until(SENT);
    clock.advance(60_000);
    pod.send(SWITCH);
    await client.until(SWITCHED);
    clock.advance(9_900);
    client.send('x');
    await pod.until((received) => received.endsWith('x'));
    clock.advance(9_900);
    await turns();
    expect(client.isClosed).toBe(false);
    clock.advance(400);
    await client.wasReset();
    await pod.wasReset();
    await until(() => rig.path.log.length === 2);
  });

  test(`request-timeout ends a tunnel once and for all, visibly to both sides · ${transport.name}`, async () => {
    const clock = manualClock();
    const lines: string[] = [];
    const accessLog = new AccessLog(clock, (line) => lines.push(line));
    const { client, pod } = await open({ clock, workload: { requestTimeoutMs: 2_000 }, server: { accessLog } });
    clock.advance(2_200);
    await client.wasReset();
    await pod.wasReset();
    await until(() => rig.server.openConnections === 0);
    expect(rig.path.log).toEqual(['responded 101', 'ended cut 101']);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ target: '/ws', status: 101, outcome: 'cut' }]);
  });

  test(`shutdown cuts tunnels · ${transport.name}`, async () => {
    const { client, pod } = await open();
    rig.server.drain();
    expect(rig.server.closeAll()).toBe(1);
    await client.gone();
    await pod.gone();
    await until(() => rig.path.log.length === 2);
    expect(rig.engine.stats.tunnels).toBe(0);
  });
}
