/** Decides at start whether TCP handles work on this Node, by sending bytes through a loopback pair as the proxy does. */
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

/** Sends a byte to an echo over `transport` on both sides, written and ended in the ways of the proxy. @returns null when all worked */
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

    /** A fault in a call back would end the process. */
    function guarded<T extends unknown[]>(step: (...args: T) => void): (...args: T) => void {
      return (...args) => {
        try {
          step(...args);
        } catch (error) {
          finish(String(error));
        }
      };
    }

    const answer = (wire: Wire, text: string): void => {
      wire.cork();
      wire.writeText(text);
      wire.writeBytes(Buffer.from('!'));
      wire.uncork();
      wire.writeBytes(Buffer.from('!'));
      wire.end();
    };
    const ask = (port: number): void => {
      let echo = '';
      const wire = transport.connect(
        '127.0.0.1',
        port,
        guarded(() => wire.writeText('?')),
      );
      const received = (text: string): void => {
        echo += text;
      };
      const ended = (): void => {
        wire.reset();
        finish(echo === '?!!' ? null : `the echo differs: ${echo}`);
      };
      watch(wire, received, guarded(ended));
    };
    guarded(() => {
      listener = transport.createListener(
        guarded((wire) => {
          if (wire.remoteAddress !== '127.0.0.1') throw new Error(`an address is ${wire.remoteAddress}`);
          wire.pause();
          setImmediate(guarded(() => wire.resume()));
          watch(
            wire,
            guarded((text) => answer(wire, text)),
            () => {},
          );
        }),
      );
      listener.on('error', (error) => finish(error.message));
      listener.listen(
        0,
        '127.0.0.1',
        guarded(() => {
          const address = listener?.address() as AddressInfo | null | undefined;
          // Else it has failed already, which was told.
          if (address) ask(address.port);
        }),
      );
    })();
  });
}
