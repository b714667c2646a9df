/** Go's httputil.ReverseProxy, built here from `reverse-proxy.go` with the standard library alone. */
import { join } from 'node:path';
import { folder } from '../folder.ts';
import { findProgram, output } from '../programs.ts';
import { HELD_HOST, type Peer, PLAIN_HOST, type Pods, STREAM_HOST } from './peer.ts';
import { startPeer } from './start-peer.ts';

export async function startGo({ plain, stream }: Pods): Promise<Peer> {
  const program = join(folder, 'reverse-proxy');
  await output(findProgram('go')!, ['build', '-o', program, join(import.meta.dirname, 'reverse-proxy.go')]);
  return startPeer('go', (port) => [
    program,
    [
      `127.0.0.1:${port}`,
      `${PLAIN_HOST}=${plain.address}:${plain.port}`,
      `${STREAM_HOST}=${stream.address}:${stream.port}`,
      `${HELD_HOST}=${stream.address}:${stream.port}`,
    ],
  ]);
}
