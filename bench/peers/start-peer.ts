/** Starts a proxy of one process on a port of its own. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { folder } from '../folder.ts';
import { freePort, portAnswers, startMeasured, stop } from '../programs.ts';
import type { Peer, PeerName } from './peer.ts';

/** A program, its arguments, and its environment where that is not ours. */
export type Command = readonly [program: string, args: readonly string[], env?: NodeJS.ProcessEnv];

/** What a peer printed since it was started last. */
export function logFileOf(name: PeerName): string {
  return join(folder, `${name}.log`);
}

/** Resolves once it takes requests. */
export async function startPeer(name: PeerName, command: (port: number) => Command): Promise<Peer> {
  const port = await freePort();
  const [program, args, env] = command(port);
  let child: ChildProcess;
  const start = async () => {
    child = startMeasured(logFileOf(name), program, args, env);
    await portAnswers(port);
  };
  await start();
  return {
    name,
    port,
    get pid() {
      return child.pid!;
    },
    async restart() {
      await stop(child);
      await start();
    },
  };
}
