/** Passes connections on between a port and a Unix socket: the one way out of a network namespace that needs no privilege. */
import { connect, createServer, type NetConnectOpts } from 'node:net';

export interface SocketRelay {
  close(): void;
}

export type ListenPlace = { readonly path: string } | { readonly host: string; readonly port: number };

/** Listens at `at`; each connection goes to the place that `to` names then. Rejects when `at` cannot be had. */
export function relaySockets(at: ListenPlace, to: () => NetConnectOpts): Promise<SocketRelay> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const target = connect({ allowHalfOpen: true, ...to() });
    client.pipe(target).pipe(client);
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
    server.listen(at, () => resolve({ close: () => server.close() }));
  });
}
