/** A small GET on connections that are kept alive. */
import { PLAIN_HOST } from '../peers/peer.ts';
import { closedLoopCase } from './cpu-case.ts';
import { KEPT_ALIVE, OF_GO } from './targets.ts';

export const getCases = [1, 32, 256].map((connections) =>
  closedLoopCase(
    `get-${connections}`,
    `GET, ${connections} connection${connections === 1 ? '' : 's'}`,
    'request',
    connections === 1 ? KEPT_ALIVE : [...KEPT_ALIVE, OF_GO],
    { request: { host: PLAIN_HOST }, connections },
  ),
);
