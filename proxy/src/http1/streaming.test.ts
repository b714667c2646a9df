/** Large bodies: the same bytes arrive, at the pace of the slower side, without the proxy taking them in. */
import { createHash, randomBytes } from 'node:crypto';
import { manualClock, until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { type Peer, type Rig, stable, startRig, transports, turns } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const SIZE = 32 * 1024 * 1024;
const block = randomBytes(1024 * 1024 + 7);

/** `SIZE` bytes in writes of uneven length, none before the one before it was taken. */
async function pour(peer: Peer, frame: (bytes: Buffer) => readonly (Buffer | string)[]): Promise<string> {
  const hash = createHash('sha256');
  let sent = 0;
  for (let turn = 0; sent < SIZE; turn++) {
    const bytes = block.subarray(0, Math.min(SIZE - sent, 1 + ((turn * 7919) % block.length)));
    hash.update(bytes);
    sent += bytes.length;
    for (const part of frame(bytes)) {
      if (!peer.socket.write(part)) await new Promise((resolve) => peer.socket.once('drain', resolve));
    }
  }
  return hash.digest('hex');
}

/** Hashes what comes after the head; stops and starts reading where `slow`. */
function drink(peer: Peer, slow: boolean) {
  const state = { bytes: 0, head: '', hash: createHash('sha256') };
  peer.socket.removeAllListeners('data');
  peer.socket.on('data', (chunk) => {
    let bytes = chunk;
    if (!state.head.includes('\r\n\r\n')) {
      const text = state.head + bytes.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) {
        state.head = text;
        return;
      }
      bytes = bytes.subarray(end + 4 - state.head.length);
      state.head = text.slice(0, end + 4);
    }
    state.bytes += bytes.length;
    state.hash.update(bytes);
    if (slow) {
      peer.socket.pause();
      setTimeout(() => peer.socket.resume(), 1);
    }
  });
  return state;
}

for (const transport of transports) {
  for (const slow of [false, true]) {
    const pace = slow ? 'a slow reader' : 'a fast reader';

    test(`a long upload to ${pace} · ${transport.name}`, async () => {
      rig = await startRig(transport);
      const client = await rig.client();
      client.send(`POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${SIZE}\r\n\r\n`);
      const podReads = new Promise<ReturnType<typeof drink>>((resolve) => {
        rig.backend.onPeer = (peer) => resolve(drink(peer, slow));
      });
      const expected = await pour(client, (bytes) => [bytes]);
      const state = await podReads;
      await until(() => state.bytes === SIZE, 'whole upload');
      expect(state.hash.digest('hex')).toBe(expected);
      (await rig.backend.peer()).send('HTTP/1.1 204 No Content\r\n\r\n');
      await client.until('204');
    });

    test(`a long download to ${pace}, while others use the shared memory · ${transport.name}`, async () => {
      rig = await startRig(transport);
      const client = await rig.client();
      const other = await rig.client();
      const state = drink(client, slow);
      client.send('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n');
      const pod = await rig.backend.peer();
      await pod.until('\r\n\r\n');
      other.send('GET /other HTTP/1.1\r\nHost: app.test\r\n\r\n');
      const otherPod = await rig.backend.peer(1);
      await otherPod.until('\r\n\r\n');
      let others = 0;
      otherPod.socket.on('data', () => {
        others++;
        otherPod.send(`HTTP/1.1 200 OK\r\nContent-Length: 12000\r\n\r\n${'!'.repeat(12_000)}`);
      });
      other.socket.on('data', () => {
        if (!other.received.endsWith('!') || state.bytes >= SIZE) return;
        other.received = '';
        other.send('GET /other HTTP/1.1\r\nHost: app.test\r\n\r\n');
      });
      otherPod.send(`HTTP/1.1 200 OK\r\nContent-Length: 12000\r\n\r\n${'!'.repeat(12_000)}`);
      pod.send(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
      const expected = await pour(pod, (bytes) => [bytes]);
      await until(() => state.bytes === SIZE, 'whole download');
      expect(state.hash.digest('hex')).toBe(expected);
      expect(others).toBeGreaterThan(3);
    });
  }

  test(`a long chunked download, re-framed, keeps its data · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    const state = drink(client, false);
    client.send('GET / HTTP/1.0\r\nHost: app.test\r\n\r\n');
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    pod.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const expected = await pour(pod, (bytes) => [`${bytes.length.toString(16)};x=y\r\n`, bytes, '\r\n']);
    pod.send('0\r\n\r\n');
    await client.until(() => client.hasEnded);
    expect(state.bytes).toBe(SIZE);
    expect(state.hash.digest('hex')).toBe(expected);
  });

  test(`what a slow client has not taken is not overwritten by what others read · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const answer = (letter: string) => `HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n${letter.repeat(50_000)}`;
    rig.backend.onPeer = (peer) => {
      peer.socket.on('data', () => {
        for (let end = peer.received.indexOf('\r\n\r\n'); end >= 0; end = peer.received.indexOf('\r\n\r\n')) {
          const letter = peer.received.slice(5, 6);
          peer.received = peer.received.slice(end + 4);
          peer.send(answer(letter));
        }
      });
    };
    const slow = await rig.client();
    const count = 300;
    slow.socket.pause();
    slow.send('GET /A HTTP/1.1\r\nHost: app.test\r\n\r\n'.repeat(count));
    const before = await stable(() => rig.engine.stats.clientBytesWritten);
    expect(before).toBeLessThan(count * 50_000);
    const fast = await rig.client();
    fast.send('GET /B HTTP/1.1\r\nHost: app.test\r\n\r\n'.repeat(3));
    await fast.until((received) => received.split('B').length === 150_001);
    slow.socket.resume();
    await slow.until((received) => received.length >= count * 50_000 + 1_000 && received.split('HTTP/').length > count);
    await until(() => slow.received.split('A').length === count * 50_000 + 1, 'all letters');
    expect(slow.received).not.toContain('BB');
  });

  test(`the last bytes before the connection closes reach a slow client, however long that takes · ${transport.name}`, async () => {
    const clock = manualClock();
    rig = await startRig(transport, { clock });
    const { stats } = rig.engine;
    const piece = Buffer.alloc(30_000, 'a');

    /** Asks for `bytes` without reading, and has the pod send them piece by piece. @returns how many were passed on */
    async function fill(index: number, bytes: number) {
      const client = await rig.client();
      client.socket.pause();
      client.send('GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n');
      const pod = await rig.backend.peer(index);
      await pod.until('\r\n\r\n');
      pod.send(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`);
      let passedOn = 0;
      while (passedOn < bytes) {
        const before = stats.clientBytesWritten;
        pod.socket.write(piece);
        const deadlineMs = performance.now() + 150;
        while (stats.clientBytesWritten - before < piece.length && performance.now() < deadlineMs) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        if (stats.clientBytesWritten === before) break;
        passedOn += piece.length;
      }
      return { client, passedOn };
    }

    // How much it takes until a piece stays in the proxy's hands; then a response that ends with that piece.
    const { passedOn, client: first } = await fill(0, 1_000_000 * piece.length);
    first.socket.resetAndDestroy();
    await until(() => rig.server.openConnections === 0);
    const { client } = await fill(1, passedOn);
    client.socket.on('data', () => client.socket.pause());
    while (!client.hasEnded && !client.isClosed) {
      clock.advance(2_000);
      await turns(3);
      client.socket.resume();
    }
    expect(client.errorCode).toBe('');
    expect(client.received.length - client.received.indexOf('\r\n\r\n') - 4).toBe(passedOn);
    expect(rig.path.log.at(-1)).toBe('ended answered 200');
  });

  test(`a pod is held back by a client that reads nothing · ${transport.name}`, async () => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n');
    const pod = await rig.backend.peer();
    await pod.until('\r\n\r\n');
    const size = 256 * 1024 * 1024;
    pod.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    pod.socket.write(Buffer.alloc(size));
    const before = await stable(() => rig.engine.stats.clientBytesWritten);
    expect(before).toBeLessThan(32 * 1024 * 1024);
    client.socket.destroy();
    await pod.gone();
  });
}
