/** Decides at start whether TCP handles work on this Node as they are used here, by sending bytes through a loopback pair. */
import type net from 'node:net';
import type { AddressInfo } from 'node:net';
import { latin1 } from './latin1.ts';
import { dataTransport, onreadTransport, type Transport } from './transport.ts';
import type { Wire } from './wire.ts';

const PROBE_MS = 1_000;

/**
 * @param choice `auto` probes; the others are taken as told
 * @returns the transport, and why it is not `onread` where `auto` fell back
 */
export async function chooseTransport(
  choice: 'auto' | 'onread' | 'data' = 'auto',
): Promise<{ readonly transport: Transport; readonly reason: string | null }> {
  if (choice === 'data') return { transport: dataTransport, reason: null };
  if (choice === 'onread') return { transport: onreadTransport, reason: null };
  const reason = await faultOf(onreadTransport);
  return { transport: reason === null ? onreadTransport : dataTransport, reason };
}

/** Sends a byte to an echo over `transport` on both sides, in every way a wire writes and ends. @returns null when all worked */
export function faultOf(transport: Transport): Promise<string | null> {
  return new Promise((resolve) => {
    const wires: Wire[] = [];
    const timer = setTimeout(() => finish(`no echo within ${PROBE_MS} ms`), PROBE_MS);
    let listener: net.Server | null = null;

    function finish(reason: string | null): void {
      clearTimeout(timer);
      for (const wire of wires) wire.destroy();
      listener?.close();
      resolve(reason);
    }

    function watch(wire: Wire, received: (text: string) => void, ended: () => void): void {
      wires.push(wire);
      wire.owner = {
        received: (bytes, length) => received(latin1(bytes, 0, length)),
        peerEnded: ended,
        drained() {},
        lost() {},
      };
    }

    try {
      listener = transport.createListener((wire) => {
        wire.pause();
        setImmediate(() => wire.resume());
        const answer = (text: string): void => {
          wire.cork();
          wire.writeText(text);
          wire.writeBytes(Buffer.from('!'));
          wire.uncork();
          wire.writeBytes(Buffer.from('!'));
          wire.end();
        };
        watch(wire, answer, () => {});
      });
      listener.on('error', (error) => finish(error.message));
      listener.listen(0, '127.0.0.1', () => {
        const { port } = listener!.address() as AddressInfo;
        try {
          const wire = transport.connect('127.0.0.1', port, () => wire.writeText('?'));
          let echo = '';
          const received = (text: string): void => {
            echo += text;
          };
          watch(wire, received, () => finish(echo === '?!!' ? null : `the echo differs: ${echo}`));
        } catch (error) {
          finish(String(error));
        }
      });
    } catch (error) {
      finish(String(error));
    }
  });
}
