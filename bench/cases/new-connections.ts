/** A connection per request. */
import { PLAIN_HOST } from '../peers/peer.ts';
import { closedLoopCase } from './cpu-case.ts';
import { ofHaproxy } from './targets.ts';

export const newConnectionsCase = closedLoopCase(
  'connect',
  'GET, a connection per request, 32 at once',
  'request',
  [ofHaproxy(1.5)],
  { request: { host: PLAIN_HOST, fields: ['Connection: close'] }, connections: 32 },
);
