import { spawn } from 'node:child_process';
import net from 'node:net';
import { manualClock, until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { type Peer, type Rig, startRig, transports, turns } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const GET = 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n\r\n';
const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n\r\n';

function answering(delayMs = 0, response = NO_CONTENT): (peer: Peer) => void {
  return (peer) => {
    peer.socket.on('data', () => {
      for (let end = peer.received.indexOf('\r\n\r\n'); end >= 0; end = peer.received.indexOf('\r\n\r\n')) {
        peer.received = peer.received.slice(end + 4);
        if (delayMs === 0) peer.send(response);
        else setTimeout(() => peer.send(response), delayMs);
      }
    });
  };
}

async function ask(client: Peer, request = GET): Promise<void> {
  client.received = '';
  client.send(request);
  await client.until('\r\n\r\n');
}

test.each(transports)(
  'connections are used last in, first out, and those too many grow old · $name',
  async (transport) => {
    const clock = manualClock();
    rig = await startRig(transport, { clock });
    const clients = [await rig.client(), await rig.client(), await rig.client()];
    for (const client of clients) client.send(GET);
    const pods = [await rig.backend.peer(0), await rig.backend.peer(1), await rig.backend.peer(2)];
    await until(() => pods.every((pod) => pod.received !== ''));
    for (const pod of pods) answering()(pod);
    for (const pod of pods) pod.send(NO_CONTENT);
    await until(() => rig.path.pod!.connections.idle === 3);
    for (const pod of pods) pod.received = '';
    for (let turn = 0; turn < 8; turn++) {
      clock.advance(500);
      await ask(clients[0]!);
    }
    clock.advance(300);
    await until(() => pods.filter((pod) => pod.hasEnded).length === 2);
    expect(rig.path.pod!.connections.open).toBe(1);
    expect(rig.engine.stats).toMatchObject({ podConnectionsIdle: 1, podConnectionsBusy: 0, podConnectsOk: 3 });
    clock.advance(4_200);
    await until(() => rig.path.pod!.connections.open === 0);
  },
);

test.each(transports)(
  'a shorter Keep-Alive of the pod is kept to, with a second to spare · $name',
  async (transport) => {
    const clock = manualClock();
    rig = await startRig(transport, { clock });
    rig.backend.onPeer = answering(0, 'HTTP/1.1 204 No Content\r\nKeep-Alive: timeout=3, max=100\r\n\r\n');
    const client = await rig.client();
    await ask(client);
    clock.advance(1_800);
    expect(rig.path.pod!.connections.idle).toBe(1);
    clock.advance(400);
    expect(rig.path.pod!.connections.idle).toBe(0);
    rig.backend.onPeer = answering(0, 'HTTP/1.1 204 No Content\r\nKeep-Alive: timeout=1\r\n\r\n');
    await ask(client);
    expect(rig.path.pod!.connections.open).toBe(0);
  },
);

test.each(transports)('a POST takes no connection idle for a second, a GET does · $name', async (transport) => {
  const clock = manualClock();
  rig = await startRig(transport, { clock });
  rig.backend.onPeer = answering();
  const client = await rig.client();
  await ask(client);
  clock.advance(900);
  await ask(client, POST);
  expect(rig.backend.peers).toHaveLength(1);
  clock.advance(1_100);
  await ask(client);
  expect(rig.backend.peers).toHaveLength(1);
  clock.advance(1_100);
  await ask(client, POST);
  expect(rig.backend.peers).toHaveLength(2);
});

test.each(transports)(
  'draining closes idle connections and keeps none, until it is taken back · $name',
  async (transport) => {
    rig = await startRig(transport);
    rig.backend.onPeer = answering();
    const client = await rig.client();
    const { connections } = rig.path.pod!;
    await ask(client);
    expect(connections.open).toBe(1);
    connections.draining = true;
    expect(connections.open).toBe(0);
    await ask(client);
    expect(connections.open).toBe(0);
    connections.draining = false;
    await ask(client);
    expect(connections.open).toBe(1);
  },
);

test.each(transports)(
  'at the cap, idle connections too old for a POST make way for a new one at once · $name',
  async (transport) => {
    const clock = manualClock();
    rig = await startRig(transport, { clock, limits: { podConnections: 2 } });
    rig.backend.onPeer = answering();
    const clients = [await rig.client(), await rig.client()];
    await Promise.all(clients.map((client) => ask(client)));
    await until(() => rig.path.pod!.connections.idle >= 1);
    const made = rig.backend.peers.length;
    clock.advance(1_500);
    await ask(clients[0]!, POST);
    await ask(clients[1]!);
    clock.advance(1_500);
    const post = ask(clients[0]!, POST);
    await post;
    expect(rig.backend.peers.length).toBeGreaterThan(made);
    expect(rig.path.pod!.connections.open).toBeLessThanOrEqual(2);
  },
);

test.each(transports)('a 204 that announces a body is not followed by another request · $name', async (transport) => {
  rig = await startRig(transport);
  const client = await rig.client();
  for (const [index, fields] of ['Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n'].entries()) {
    client.received = '';
    client.send(GET);
    const pod = await rig.backend.peer(index);
    await pod.until('\r\n\r\n');
    pod.send(`HTTP/1.1 204 No Content\r\n${fields}\r\n`);
    await client.until('\r\n\r\n');
    await pod.gone();
    expect(rig.path.pod!.connections.open).toBe(0);
  }
});

test.each(transports)('a byte on an idle connection destroys it · $name', async (transport) => {
  rig = await startRig(transport);
  const client = await rig.client();
  client.send(GET);
  const pod = await rig.backend.peer();
  await pod.until('\r\n\r\n');
  pod.send(NO_CONTENT);
  await client.until('204');
  pod.send('H');
  await pod.gone();
  expect(rig.path.pod!.connections.open).toBe(0);
});

test.each(transports)('2,000 requests let go at once share the connections of the cap · $name', async (transport) => {
  rig = await startRig(transport, { limits: { podConnections: 100 } });
  rig.backend.onPeer = answering();
  rig.path.holds = true;
  const clients: Peer[] = [];
  for (let made = 0; made < 2_000; made++) {
    const client = await rig.client();
    client.send(GET);
    clients.push(client);
  }
  await until(() => rig.path.held.length === 2_000);
  rig.path.release();
  expect(rig.path.pod!.connections.waiting).toBe(2_000);
  await until(() => clients.every((client) => client.received.includes('204')), 'all answered');
  expect(rig.backend.peers.length).toBeLessThanOrEqual(100);
  expect(rig.path.log.filter((line) => line === 'ended answered 204')).toHaveLength(2_000);
  expect(rig.path.pod!.connections.waiting).toBe(0);
  expect(rig.engine.stats).toMatchObject({ podConnectionsBusy: 0, podConnectionsIdle: rig.path.pod!.connections.idle });
});

test.each(transports)('long answers at the cap do not starve the others for good · $name', async (transport) => {
  const clock = manualClock();
  rig = await startRig(transport, { clock, limits: { podConnections: 2 } });
  const clients: Peer[] = [];
  for (let made = 0; made < 4; made++) {
    const client = await rig.client();
    client.send(GET);
    clients.push(client);
  }
  const first = [await rig.backend.peer(0), await rig.backend.peer(1)];
  await until(() => rig.path.pod!.connections.waiting === 2);
  clock.advance(400);
  expect(rig.backend.peers).toHaveLength(2);
  clock.advance(400);
  await rig.backend.peer(3);
  await until(() => rig.path.pod!.connections.waiting === 0);
  for (const pod of [...first, await rig.backend.peer(2), await rig.backend.peer(3)]) {
    await pod.until('\r\n\r\n');
    pod.send(NO_CONTENT);
  }
  await until(() => clients.every((client) => client.received.includes('204')));
  expect(rig.path.pod!.connections.open).toBeLessThanOrEqual(2);
});

test.each(transports)('a client that leaves gives up its place in the queue · $name', async (transport) => {
  rig = await startRig(transport, { limits: { podConnections: 1 } });
  const [first, second, third] = [await rig.client(), await rig.client(), await rig.client()];
  first.send(GET);
  const pod = await rig.backend.peer();
  await pod.until('\r\n\r\n');
  second.send(GET);
  await until(() => rig.path.pod!.connections.waiting === 1);
  third.send(GET.replace('/', '/third'));
  await until(() => rig.path.pod!.connections.waiting === 2);
  second.socket.resetAndDestroy();
  await until(() => rig.path.pod!.connections.waiting === 1);
  pod.send(NO_CONTENT);
  await pod.until('GET /third');
  expect(rig.path.log).toEqual(['ended client-gone 0', 'responded 204', 'ended answered 204']);
});

test.each(transports)(
  'a request that was lost gets a new connection, not another idle one · $name',
  async (transport) => {
    rig = await startRig(transport);
    rig.path.retries = 1;
    const clients = [await rig.client(), await rig.client(), await rig.client()];
    for (const client of clients) client.send(GET);
    const pods = [await rig.backend.peer(0), await rig.backend.peer(1), await rig.backend.peer(2)];
    await until(() => pods.every((pod) => pod.received !== ''));
    for (const pod of pods) pod.send(NO_CONTENT);
    await until(() => clients.every((client) => client.received !== '') && rig.path.pod!.connections.idle === 3);
    // As if the pod were closing them just now.
    for (const pod of pods) pod.socket.on('data', () => pod.socket.resetAndDestroy());
    rig.backend.onPeer = answering();
    rig.path.log.length = 0;
    await ask(clients[0]!);
    expect(clients[0]!.received).toMatch(/^HTTP\/1\.1 204 /);
    expect(rig.path.log).toEqual(['failed lost replayable', 'responded 204', 'ended answered 204']);
    expect(rig.backend.peers).toHaveLength(4);
  },
);

test.each(transports)(
  'at the cap, a released connection makes way for the new one that a lost request needs · $name',
  async (transport) => {
    rig = await startRig(transport, { limits: { podConnections: 1 } });
    rig.path.retries = 1;
    const [first, second] = [await rig.client(), await rig.client()];
    first.send(GET.replace('/', '/first'));
    const pod = await rig.backend.peer(0);
    await pod.until('GET /first');
    second.send(GET.replace('/', '/second'));
    await until(() => rig.path.pod!.connections.waiting === 1);
    pod.socket.resetAndDestroy();
    const next = await rig.backend.peer(1);
    await next.until('GET /second');
    await until(() => rig.path.pod!.connections.waiting === 1);
    next.send(NO_CONTENT);
    await second.until('204');
    const last = await rig.backend.peer(2);
    await last.until('GET /first');
    last.send(NO_CONTENT);
    await first.until('204');
    await until(() => rig.path.pod!.connections.idle === 1);
    expect(rig.engine.stats).toMatchObject({ podConnectionsIdle: 1, podConnectionsBusy: 0 });
  },
);

test.each(transports)('a busy event loop is not taken for a pod that does not answer · $name', async (transport) => {
  const beats = manualClock();
  let busyMs = 0;
  const clock = { ...beats, nowMs: () => beats.nowMs() + busyMs };
  rig = await startRig(
    {
      ...transport,
      connect(address, port, connected) {
        // As if this turn of the event loop took 2 s, with the timers before the connection at its end.
        queueMicrotask(() => {
          busyMs += 2_000;
          beats.advance(60);
        });
        return transport.connect(address, port, connected);
      },
    },
    { clock },
  );
  const client = await rig.client();
  rig.backend.onPeer = answering();
  await ask(client, POST);
  expect(client.received).toMatch(/^HTTP\/1\.1 204 /);
  expect(rig.engine.stats.podConnectsTimedOut).toBe(0);
  expect(rig.path.log).toEqual(['responded 204', 'ended answered 204']);
});

/** A listener whose process never accepts: once its queue is full, connects to it hang. */
const DEAF = `const net = require('node:net');
const server = net.createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.stdout.write(String(server.address().port), () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
});`;

test.each(transports)('a connect that hangs fails after connect-timeout · $name', async (transport) => {
  const clock = manualClock();
  rig = await startRig(transport, { clock });
  const deaf = spawn(process.execPath, ['-e', DEAF], { stdio: ['ignore', 'pipe', 'inherit'] });
  const fillers: net.Socket[] = [];
  try {
    const port = await new Promise<number>((resolve) => deaf.stdout.once('data', (data) => resolve(Number(data))));
    for (let made = 0; made < 8; made++) {
      fillers.push(net.connect(port, '127.0.0.1').on('error', () => {}));
    }
    await turns();
    expect(fillers.some((socket) => socket.connecting)).toBe(true);
    rig.path.pod = rig.podAt(port);
    const client = await rig.client();
    client.send(POST);
    await until(() => rig.path.pod!.connections.waiting === 1);
    clock.advance(450);
    await turns();
    expect(rig.path.log).toEqual([]);
    clock.advance(200);
    await client.until('x-rouse-error: pod-lost');
    expect(rig.path.log).toEqual(['failed connect unsent', 'ended refused 502']);
    expect(rig.engine.stats.podConnectsTimedOut).toBe(1);
  } finally {
    deaf.kill('SIGKILL');
    for (const socket of fillers) socket.destroy();
  }
});
