/** What a wire tells its owner, and how it ends, on either transport. */
import net, { type AddressInfo } from 'node:net';
import { until } from '@rouse/contract/testing';
import { expect, onTestFinished, test } from 'vitest';
import { Peer, transports } from './http1-fixture.ts';
import { onreadTransport, type Transport } from './transport.ts';
import type { Wire, WireOwner } from './wire.ts';

/** Keeps what it is told, in order. */
class Owner implements WireOwner {
  readonly told: string[] = [];
  text = '';
  received(bytes: Buffer, length: number): void {
    this.text += bytes.toString('latin1', 0, length);
  }
  peerEnded(): void {
    this.told.push('ended');
  }
  drained(): void {
    this.told.push('drained');
  }
  lost(): void {
    this.told.push('lost');
  }
}

interface Accepted {
  readonly wire: Wire;
  readonly owner: Owner;
  readonly peer: Peer;
}

async function accept(transport: Transport): Promise<Accepted> {
  const owner = new Owner();
  let wire: Wire | undefined;
  const listener = transport.createListener((accepted) => {
    wire = accepted;
    wire.owner = owner;
  });
  onTestFinished(() => void listener.close());
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const peer = new Peer(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
  onTestFinished(() => {
    peer.socket.destroy();
    wire?.destroy();
  });
  await until(() => wire !== undefined, 'a connection');
  return { wire: wire!, owner, peer };
}

/** More than the buffers of both kernels hold. */
const MUCH = 'x'.repeat(16 * 1024 * 1024);

for (const transport of transports) {
  for (const [name, end] of [
    ['FIN and at once a reset', (wire: Wire) => wire.end()],
    [
      'bytes, FIN and at once a reset',
      (wire: Wire) => {
        wire.writeText('bytes');
        wire.end();
      },
    ],
    ['a reset alone', () => {}],
  ] as const) {
    test(`${name}: the peer sees an end, and the owner is told once · ${transport.name}`, async () => {
      const { wire, owner, peer } = await accept(transport);
      end(wire);
      wire.reset();
      await until(() => owner.told.length > 0, 'the loss of the wire');
      // Behind FIN a reset is not seen by who only reads.
      if (name === 'a reset alone') await peer.wasReset();
      else await peer.gone();
      expect(owner.told).toEqual(['lost']);
    });
  }

  test(`once both sides have sent FIN it closes by itself, whoever was first · ${transport.name}`, async () => {
    const ours = await accept(transport);
    ours.wire.writeText('last words');
    ours.wire.end();
    await until(() => ours.peer.hasEnded, 'FIN');
    expect(ours.peer.received).toBe('last words');
    expect(ours.owner.told).toEqual([]);
    ours.peer.socket.end();
    await until(() => ours.wire.isLost, 'its end');
    expect(ours.owner.told).toEqual(['ended', 'lost']);

    const theirs = await accept(transport);
    theirs.peer.socket.end('question');
    await until(() => theirs.owner.told.length > 0, 'FIN');
    theirs.wire.writeText('answer');
    theirs.wire.end();
    await until(() => theirs.wire.isLost, 'its end');
    expect(theirs.owner.told).toEqual(['ended', 'lost']);
    expect(theirs.owner.text).toBe('question');
    expect(theirs.peer.received).toBe('answer');
  });

  test(`what the peer does not take at once is told when it has, and again with FIN behind it · ${transport.name}`, async () => {
    const { wire, owner, peer } = await accept(transport);
    peer.socket.pause();
    expect(wire.writeText(MUCH)).toBe(false);
    expect(wire.isSettled).toBe(false);
    const unsent = wire.unsentBytes;
    expect(unsent).toBeGreaterThan(0);
    // Streams count a write as a whole.
    expect(unsent).toBeLessThan(MUCH.length + (transport.name === 'data' ? 1 : 0));
    peer.socket.resume();
    await until(() => owner.told.length > 0, 'all taken');
    expect(owner.told).toEqual(['drained']);
    expect(wire.isSettled).toBe(true);
    expect(wire.unsentBytes).toBe(0);

    peer.socket.pause();
    expect(wire.writeBytes(Buffer.from(MUCH, 'latin1'))).toBe(false);
    wire.end();
    peer.socket.resume();
    await until(() => peer.hasEnded, 'FIN');
    await until(() => owner.told.length > 1, 'the end told');
    expect(owner.told).toEqual(['drained', 'drained']);
    expect(peer.received.length).toBe(2 * MUCH.length);
    expect(wire.bytesWritten).toBe(2 * MUCH.length);
  });

  test(`behind much that the peer does not take, and FIN, it is reset all the same · ${transport.name}`, async () => {
    const { wire, owner, peer } = await accept(transport);
    peer.socket.pause();
    expect(wire.writeText(MUCH)).toBe(false);
    wire.end();
    wire.reset();
    await until(() => wire.isLost, 'its end');
    expect(owner.told).toEqual(['lost']);
    peer.socket.resume();
    await peer.wasReset();
  });

  test(`paused and resumed as soon as it is connected, it reads on · ${transport.name}`, async () => {
    const listener = net.createServer((socket) => socket.end('hello'));
    onTestFinished(() => void listener.close());
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const owner = new Owner();
    const wire = transport.connect('127.0.0.1', (listener.address() as AddressInfo).port, () => {
      wire.pause();
      wire.resume();
    });
    wire.owner = owner;
    await until(() => owner.told.includes('ended'), 'FIN');
    expect(owner.text).toBe('hello');
    wire.destroy();
  });

  test(`pieces gathered go out in order, text and memory, with what follows behind them · ${transport.name}`, async () => {
    const { wire, peer } = await accept(transport);
    wire.cork();
    wire.writeText('one ');
    wire.writeBytes(Buffer.from('two '));
    wire.writeText('thr\xe9e ');
    expect(wire.isSettled).toBe(false);
    expect(wire.uncork()).toBe(true);
    wire.writeText('four');
    expect(await peer.until('four')).toBe('one two thr\xe9e four');
  });

  test(`a reset is found by a write of nothing where nothing is read · ${transport.name}`, async () => {
    const { wire, owner, peer } = await accept(transport);
    wire.pause();
    wire.poke();
    peer.socket.resetAndDestroy();
    await until(() => {
      wire.poke();
      return wire.isLost;
    }, 'the reset to be found');
    expect(owner.told).toEqual(['lost']);
  });

  test(`a port that nobody listens on is told as a loss with its reason · ${transport.name}`, async () => {
    const listener = net.createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    await new Promise((resolve) => listener.close(resolve));
    const owner = new Owner();
    const wire = transport.connect('127.0.0.1', port, () => owner.told.push('connected'));
    wire.owner = owner;
    await until(() => wire.isLost, 'the loss');
    expect(owner.told).toEqual(['lost']);
    expect(wire.errorCode).toBe('ECONNREFUSED');
  });

  test(`a connect given up is told as a loss, and connects no more · ${transport.name}`, async () => {
    const owner = new Owner();
    const listener = net.createServer();
    onTestFinished(() => void listener.close());
    await new Promise<void>((resolve) => listener.listen(0, '::1', resolve));
    const { port } = listener.address() as AddressInfo;
    const wire = transport.connect('::1', port, () => owner.told.push('connected'));
    wire.owner = owner;
    wire.destroy();
    wire.destroy();
    await until(() => wire.isLost, 'the loss');
    expect(owner.told).toEqual(['lost']);
  });
}

test('what came before a reset is read though FIN is sent behind it, on handles', async () => {
  const { wire, owner, peer } = await accept(onreadTransport);
  wire.pause();
  await new Promise<void>((resolve) => peer.socket.write('x'.repeat(20_000), () => resolve()));
  peer.socket.resetAndDestroy();
  await until(() => peer.isClosed, 'the reset');
  wire.end();
  wire.resume();
  await until(() => wire.isLost, 'its end');
  expect(owner.text.length).toBe(20_000);
  expect(owner.told.at(-1)).toBe('lost');
});
