/** What both transports make of an accepted connection. */
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { until } from '@rouse/contract/testing';
import { expect, onTestFinished, test } from 'vitest';
import { Peer, transports } from './http1-fixture.ts';
import type { Wire } from './wire.ts';

/** Code of the timer of an established connection at this local port (proc_pid_net(5), `tr`); undefined without one. */
function timerAt(port: number): string | undefined {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  const fields = rows.map((row) => row.trim().split(/\s+/)).find((row) => row[1]?.endsWith(local) && row[3] === '01');
  return fields?.[5]?.slice(0, 2);
}

for (const transport of transports) {
  async function accept(): Promise<{ wire: Wire; peer: Peer; port: number; isClosed: () => boolean }> {
    let wire: Wire | undefined;
    let closed = false;
    const listener = transport.createListener((accepted) => {
      wire = accepted;
    });
    onTestFinished(() => void listener.close());
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    const peer = new Peer(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    await until(() => wire !== undefined, 'the connection to be accepted');
    listener.close(() => {
      closed = true;
    });
    return { wire: wire!, peer, port, isClosed: () => closed };
  }

  test(`a listener is closed once its last connection is, and no sooner · ${transport.name}`, async () => {
    const { wire, peer, isClosed } = await accept();
    wire.writeText('still open');
    await peer.until('still open');
    expect(isClosed()).toBe(false);
    wire.destroy();
    await until(isClosed, 'the listener to be closed');
  });

  test.runIf(process.platform === 'linux')(
    `a client that vanishes without a word is found out by the kernel · ${transport.name}`,
    async () => {
      const { wire, peer, port } = await accept();
      // 02: the next thing to happen on a quiet connection is a keep-alive probe.
      expect(timerAt(port)).toBe('02');
      peer.socket.destroy();
      wire.destroy();
    },
  );
}
