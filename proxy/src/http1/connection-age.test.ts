import { type ManualClock, manualClock, until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { type Peer, type Rig, startRig, transports, turns } from './http1-fixture.ts';
import type { Transport } from './transport.ts';

let rig: Rig;
let clock: ManualClock;
afterEach(() => rig.stop());

const MAX_AGE_MS = 100_000;
const GET = 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

async function open(transport: Transport, graceMs = 0): Promise<Peer> {
  clock = manualClock();
  const server = { connectionAge: { maxAgeMs: MAX_AGE_MS, graceMs } };
  rig = await startRig(transport, { clock, server, limits: { keepAliveTimeoutMs: 24 * MAX_AGE_MS } });
  const client = await rig.client();
  await until(() => rig.server.openConnections === 1);
  return client;
}

for (const transport of transports) {
  test(`an idle connection is closed at its age, a tenth more or less · ${transport.name}`, async () => {
    const client = await open(transport);
    clock.advance(0.9 * MAX_AGE_MS - 100);
    await turns();
    expect(client.hasEnded).toBe(false);
    clock.advance(0.2 * MAX_AGE_MS + 300);
    await client.gone();
    expect(client.received).toBe('');
  });

  test(`a request under way at that time gets its whole answer, which says close, and closes · ${transport.name}`, async () => {
    const client = await open(transport);
    client.send(GET);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    clock.advance(1.1 * MAX_AGE_MS + 300);
    pod.send(OK);
    await client.until('ok');
    expect(client.received).toContain('\r\nConnection: close\r\n');
    await client.gone();
    expect(rig.path.log.at(-1)).toBe('ended answered 200');
  });

  test(`an answer that had begun is finished, and the connection closed after it · ${transport.name}`, async () => {
    const client = await open(transport);
    client.send(GET);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    pod.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsl');
    await client.until('sl');
    clock.advance(1.1 * MAX_AGE_MS + 300);
    pod.send('ow');
    await client.until('slow');
    await client.gone();
    expect(rig.path.log.at(-1)).toBe('ended answered 200');
  });

  test(`past the grace what still runs is cut off, a tunnel as well · ${transport.name}`, async () => {
    const client = await open(transport, 30_000);
    const upgrade = `GET / HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    client.send(upgrade);
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    pod.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await client.until('101');
    clock.advance(1.1 * MAX_AGE_MS + 300);
    pod.send('still here');
    await client.until('still here');
    clock.advance(30_200);
    await client.wasReset();
    await pod.wasReset();
    await until(() => rig.server.openConnections === 0);
    expect(rig.engine.stats.tunnels).toBe(0);
  });
}

test('without a limit a connection grows as old as it likes', async () => {
  clock = manualClock();
  rig = await startRig(transports[0]!, { clock, limits: { keepAliveTimeoutMs: 1e9 } });
  const client = await rig.client();
  await until(() => rig.server.openConnections === 1);
  clock.advance(1e8);
  client.send(GET);
  (await rig.backend.peer()).send(OK);
  await client.until('ok');
  expect(client.received).not.toContain('Connection:');
});
