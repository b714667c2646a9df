/** Passes connections on between a port and a Unix socket: the one way out of a network namespace that needs no privilege. */
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

export interface SocketRelay {
  close(): void;
  /**
   * From now on what clients send on the connections there are goes on a byte a second, as in a network that stalls: so
   * slow, and yet nobody takes them for idle and closes them.
   */
  hold(): HeldBytes;
}

export interface HeldBytes {
  readonly count: number;
  /** Sends it all on, and what comes after it. */
  release(): void;
}

export type ListenPlace = { readonly path: string } | { readonly host: string; readonly port: number };

/** Listens at `at`; each connection goes to the place that `to` names then. Rejects when `at` cannot be had. */
export function relaySockets(at: ListenPlace, to: () => NetConnectOpts): Promise<SocketRelay> {
  const pairs = new Map<Socket, Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const target = connect({ allowHalfOpen: true, ...to() });
    client.pipe(target).pipe(client);
    pairs.set(client, target);
    client.once('close', () => pairs.delete(client));
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      one.once('error', () => other.destroy());
      one.once('close', () => other.destroy());
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, () => resolve({ close: () => server.close(), hold: () => held([...pairs]) }));
  });
}

const BYTE_MS = 1_000;

function held(pairs: readonly (readonly [Socket, Socket])[]): HeldBytes {
  let count = 0;
  const lines = pairs.map(([client, target]) => {
    let waiting = Buffer.alloc(0);
    const keep = (chunk: Buffer): void => {
      waiting = Buffer.concat([waiting, chunk]);
      count += chunk.length;
    };
    const send = (bytes: number): void => {
      target.write(waiting.subarray(0, bytes));
      waiting = waiting.subarray(bytes);
    };
    client.unpipe(target).on('data', keep).resume();
    const end = (): void => {
      client.off('data', keep);
      send(waiting.length);
      client.pipe(target);
    };
    return { trickle: () => send(1), end };
  });
  const timer = setInterval(() => {
    for (const { trickle } of lines) trickle();
  }, BYTE_MS);
  return {
    get count() {
      return count;
    },
    release() {
      clearInterval(timer);
      for (const { end } of lines) end();
    },
  };
}
