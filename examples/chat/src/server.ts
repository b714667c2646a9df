/** The chat's process. */
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { createApp } from './app.ts';
import { Room } from './room.ts';
import { openSockets } from './sockets.ts';

const base = process.env.BASE ?? '/chat';
const room = new Room(process.env.POD_NAME ?? 'a pod');
const ended = new AbortController();

const server = serve({
  fetch: createApp(base, room, ended.signal).fetch,
  port: Number(process.env.PORT ?? 8080),
  hostname: process.env.HOST ?? '0.0.0.0',
}) as Server;
const sockets = openSockets(server, `${base}/socket`, room);

process.once('SIGTERM', () => {
  sockets.close();
  ended.abort();
  server.close(() => process.exit(0));
});
