/** Streams: a response of server-sent events that come one by one, and a WebSocket whose messages come back. */
import { join } from 'node:path';
import { STREAM_HOST } from '../peers/peer.ts';
import { SSE_EVENTS } from '../pods/events.ts';
import { output } from '../programs.ts';
import { closedLoopCase, cpuCase } from './cpu-case.ts';

const TUNNELS = 32;

export const streamCases = [
  closedLoopCase('sse', `${SSE_EVENTS} server-sent events, 32 connections`, 'response', [], {
    request: { host: STREAM_HOST, path: '/events' },
    connections: 32,
  }),
  cpuCase('websocket', `WebSocket echo of 64 bytes, ${TUNNELS} connections`, 'echo', [], async (peer, seconds) => {
    const program = join(import.meta.dirname, '../load/echo.ts');
    const args = [program, String(peer.port), STREAM_HOST, String(TUNNELS), String(seconds)];
    return Number(await output(process.execPath, args));
  }),
];
