/** Starts pods, operator and peers, leaves out what is not installed, and says so. */
import { removeFolder } from './folder.ts';
import { startGo } from './peers/go.ts';
import { startHaproxy } from './peers/haproxy.ts';
import { startNginx } from './peers/nginx.ts';
import { startNode } from './peers/node.ts';
import type { Peer, PeerName, Pods } from './peers/peer.ts';
import { startRouse } from './peers/rouse.ts';
import { startWorkloads } from './pods/workloads.ts';
import { findProgram, moveToOtherCore, stopAll } from './programs.ts';

export interface Bench {
  readonly peers: readonly Peer[];
  readonly pods: Pods;
  close(): Promise<void>;
}

const foreign: Readonly<Record<string, (pods: Pods) => Promise<Peer>>> = {
  haproxy: startHaproxy,
  nginx: startNginx,
  go: startGo,
  node: startNode,
};

/** What the whole table needs, and what each is for. */
const wanted: Readonly<Record<string, string>> = {
  haproxy: 'a peer',
  nginx: 'a peer, and the pod that costs least',
  go: 'a peer, built with its standard library',
  wrk: 'the load generator that costs least; without it one of our own takes its place',
};

/** One line for each program that is missing. */
export function missingPrograms(): string[] {
  return Object.entries(wanted)
    .filter(([name]) => findProgram(name) === undefined)
    .map(([name, purpose]) => `missing: ${name} (${purpose})`);
}

/**
 * @param names of the peers to start; those not installed are left out
 * @param count of workloads in the table, at least 3
 * @param nodeFlags for the proxy's Node
 */
export async function startAll(
  names: readonly PeerName[],
  count: number,
  nodeFlags: readonly string[] = [],
): Promise<Bench> {
  moveToOtherCore();
  const workloads = await startWorkloads(count);
  const close = async () => {
    await stopAll();
    await workloads.close();
    removeFolder();
  };
  try {
    const { apiUrl, pods } = workloads;
    const ours = names.filter((name) => foreign[name] === undefined);
    const others = names.filter((name) => foreign[name] !== undefined && (name === 'node' || findProgram(name)));
    const peers = await startRouse(apiUrl, ours, nodeFlags);
    for (const name of others) peers.push(await foreign[name]!(pods));
    return { peers, pods, close };
  } catch (error) {
    await close();
    throw error;
  }
}
