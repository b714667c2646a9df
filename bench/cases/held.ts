/** Memory of requests that wait: in the proxy and in HAProxy's queue for want of a pod, in the others for an answer. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { Case } from '../case.ts';
import { runClosedLoop } from '../load/closed-loop.ts';
import { HELD_HOST, type Peer, PLAIN_HOST } from '../peers/peer.ts';
import { residentBytes } from '../process-cost.ts';
import { startBeside, stop } from '../programs.ts';

/** A peer that holds, or reserves, a connection to the pod as well needs twice as many descriptors: 20,000 are a usual limit. */
const WITH_CONNECTION_TO_POD = 9_000;

function countOf(peer: Peer, seconds: number): number {
  const most = peer.name.startsWith('rouse') ? 10_000 : WITH_CONNECTION_TO_POD;
  // A short look.
  return seconds < 1 ? 200 : most;
}

export const heldCase: Case = {
  name: 'held',
  startsAnew: true,
  metrics: [{ key: 'bytes', title: '10,000 held GETs', unit: 'bytes RSS per held request' }],
  targets: [{ metric: 'bytes', peer: 'rouse', against: null, atMost: 8 * 1024 }],
  async measure(peer, _pods, seconds) {
    // Memory once taken is not given back: each time in a fresh process, which has worked before.
    await peer.restart();
    await runClosedLoop(peer.port, { request: { host: PLAIN_HOST }, connections: 32 }, Math.min(1, seconds));
    const settledMs = Math.min(2, seconds) * 1000;
    await after(settledMs);
    const count = countOf(peer, seconds);
    const before = residentBytes(peer.pid);
    const clients = await hold(peer.port, count);
    await after(settledMs);
    const bytes = (residentBytes(peer.pid) - before) / count;
    if (clients.exitCode !== null) throw new Error('the requests did not wait');
    await stop(clients);
    return { bytes };
  },
};

/** Resolves once all are sent; they wait for as long as the program returned runs. */
async function hold(port: number, count: number): Promise<ChildProcess> {
  const program = join(import.meta.dirname, '../load/held.ts');
  const clients = startBeside(process.execPath, [program, String(port), HELD_HOST, '/hang', String(count)]);
  await Promise.race([once(clients.stdout!, 'data'), once(clients, 'exit')]);
  return clients;
}
