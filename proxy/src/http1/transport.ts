/** How bytes get in and out of sockets: on Node's TCP handles alone, or by public Node API. */
import net, { type Server } from 'node:net';
import { HandleWire, LIVENESS_S } from './handle-wire.ts';
import { CopyingWire, DataWire } from './public-wires.ts';
import { requireHandles, takeAccepted } from './tcp-handle.ts';
import type { Wire } from './wire.ts';

export interface Transport {
  readonly name: 'onread' | 'data';
  /** A listener that is not listening yet; `accept` gets each connection, which reads from the next turn on. */
  createListener(accept: (wire: Wire) => void): Server;
  /** A connection being made to an IP literal; `connected` is called unless `lost` comes first. */
  connect(address: string, port: number, connected: () => void): Wire;
}

/** Holding a request must not take much memory, so a read from a client brings at most this much. */
const CLIENT_READ_BYTES = 8_192;
const POD_READ_BYTES = 32_768;
const LIVENESS = { keepAlive: true, keepAliveInitialDelay: LIVENESS_S * 1000 } as const;

const clientMemory = Buffer.allocUnsafeSlow(CLIENT_READ_BYTES);
const podMemory = Buffer.allocUnsafeSlow(POD_READ_BYTES);

export const onreadTransport: Transport = {
  name: 'onread',
  createListener(accept) {
    requireHandles();
    const server = net.createServer();
    return server.on('listening', () => {
      try {
        takeAccepted(server, LIVENESS_S, (handle, closed) => accept(HandleWire.accepted(handle, clientMemory, closed)));
      } catch (error) {
        // Another Node, without these handles: whoever tries it gets to know.
        server.emit('error', error);
      }
    });
  },
  connect(address, port, connected) {
    return HandleWire.connecting(address, port, podMemory, connected);
  },
};

export const dataTransport: Transport = {
  name: 'data',
  createListener(accept) {
    return net.createServer({ allowHalfOpen: true, noDelay: true, ...LIVENESS }, (socket) =>
      accept(new DataWire(socket)),
    );
  },
  connect(address, port, connected) {
    return new CopyingWire(podMemory, (onread) => {
      const socket = net.connect({ host: address, port, noDelay: true, allowHalfOpen: true, onread, ...LIVENESS });
      socket.on('connect', connected);
      return socket;
    });
  },
};
