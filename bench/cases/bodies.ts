/** Bodies: a small one, chunks, and a MiB each way. */
import { PLAIN_HOST } from '../peers/peer.ts';
import { closedLoopCase } from './cpu-case.ts';
import { KEPT_ALIVE, ofHaproxy } from './targets.ts';

const MIB = 1_048_576;
const host = PLAIN_HOST;

export const bodyCases = [
  closedLoopCase('post', 'POST 1 KiB, 32 connections', 'request', KEPT_ALIVE, {
    request: { host, method: 'POST', bodyBytes: 1024 },
    connections: 32,
  }),
  closedLoopCase('chunked', 'POST 4 KiB chunked, answered with 4 KiB chunked, 32 connections', 'request', [], {
    request: { host, method: 'POST', path: '/4kib.html', bodyBytes: 4096, chunked: true },
    connections: 32,
  }),
  closedLoopCase('up', 'POST 1 MiB, 8 connections', 'MiB', [ofHaproxy(1.5)], {
    request: { host, method: 'POST', path: '/up', bodyBytes: MIB },
    connections: 8,
  }),
  closedLoopCase('down', 'GET 1 MiB, 8 connections', 'MiB', [ofHaproxy(1.5)], {
    request: { host, path: '/1mib' },
    connections: 8,
  }),
];
