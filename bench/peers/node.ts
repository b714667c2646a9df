/** node:http in front, undici behind: `node-proxy.ts` as a process. */
import { join } from 'node:path';
import { HELD_HOST, type Peer, PLAIN_HOST, type Pods, STREAM_HOST } from './peer.ts';
import { startPeer } from './start-peer.ts';

export function startNode({ plain, stream }: Pods): Promise<Peer> {
  const origins = {
    [PLAIN_HOST]: `http://${plain.address}:${plain.port}`,
    [STREAM_HOST]: `http://${stream.address}:${stream.port}`,
    [HELD_HOST]: `http://${stream.address}:${stream.port}`,
  };
  const program = join(import.meta.dirname, 'node-proxy.ts');
  return startPeer('node', (port) => [process.execPath, [program, String(port), JSON.stringify(origins)]]);
}
