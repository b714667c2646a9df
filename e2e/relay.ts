/** A TCP relay that delays what passes, each chunk by a random time but never out of order; tests may look at the bytes. */
import net from 'node:net';

export interface Relay {
  readonly port: number;
  close(): void;
}

export interface RelayOptions {
  readonly targetPort: number;
  /** Longest delay in ms of one chunk, one way. */
  readonly maxDelayMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Sees every chunk from the client as it arrives, before its delay. */
  readonly onRequestBytes?: (chunk: Buffer) => void;
}

/** Listens on a free port of 127.0.0.1. */
export function startRelay(options: RelayOptions): Promise<Relay> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (client) => {
    const target = net.connect({ port: options.targetPort, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk: Buffer) => options.onRequestBytes?.(chunk));
    pump(client, target, options);
    pump(target, client, options);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        port: (server.address() as net.AddressInfo).port,
        close: () => {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}

function pump(from: net.Socket, to: net.Socket, { maxDelayMs, random }: RelayOptions): void {
  let freeAtMs = 0;
  // A later chunk never overtakes: it leaves no sooner than the one before it.
  const later = (run: () => void): void => {
    freeAtMs = Math.max(freeAtMs, performance.now() + random() * maxDelayMs);
    setTimeout(run, Math.max(0, freeAtMs - performance.now()));
  };
  from.on('data', (chunk: Buffer) => later(() => to.write(chunk)));
  from.once('end', () => later(() => to.end()));
  from.once('close', () => later(() => to.destroy()));
}
