/** The room over WebSocket: text is said to everybody, binary goes to every socket as it came. */
import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { Room } from './room.ts';

const LARGEST_BYTES = 32 * 1024 * 1024;

export interface Sockets {
  /** Tells every client that this pod goes away (1001). */
  close(): void;
}

/** Takes upgrades at `path` of this server. */
export function openSockets(server: Server, path: string, room: Room): Sockets {
  const sockets = new WebSocketServer({ server, path, maxPayload: LARGEST_BYTES });
  sockets.on('connection', (socket) => {
    const leave = room.join((message) => socket.send(JSON.stringify(message)));
    socket.on('close', leave);
    socket.on('error', leave);
    socket.on('message', (data, isBinary) => {
      if (isBinary) for (const each of sockets.clients) each.send(data);
      else room.say(data.toString());
    });
  });
  return {
    close: () => {
      for (const socket of sockets.clients) socket.close(1001, 'the pod goes to sleep');
    },
  };
}
