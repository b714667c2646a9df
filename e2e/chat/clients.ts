/** WebSocket clients of three makers, each holding the same conversation: text, ping, one large message, close. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { isInside } from '../cluster/network-namespace.ts';
import { run } from '../processes.ts';
import { ChatSocket } from './chat-socket.ts';

/** What a client saw, as the programs print it. */
export interface Conversation {
  /** The text that came back. */
  readonly heard: string;
  /** A ping of the client's was answered. */
  readonly pong: boolean;
  /** The large message came back byte by byte as it was sent. */
  readonly same: boolean;
  readonly closeCode: number;
}

/** @param bytes size of the large message */
export type Client = (url: string, text: string, bytes: number) => Promise<Conversation>;

/** Node's own WebSocket, which has no way to send a ping. */
export const nodeClient: Client = async (url, text, bytes) => {
  const socket = await new ChatSocket(url).open();
  const { text: heard } = await socket.say(text);
  const sent = randomBytes(bytes);
  const received = await socket.pass(sent);
  return { heard, pong: false, same: received.equals(sent), closeCode: await socket.close() };
};

/** Python's websockets; null where no Python has it. */
export async function findPythonClient(): Promise<Client | null> {
  for (const python of ['python3', '/usr/bin/python3']) {
    const found = await run(python, ['-c', 'import websockets']).catch(() => null);
    if (found?.code === 0) return program([python, join(import.meta.dirname, 'client.py')]);
  }
  return null;
}

/** github.com/coder/websocket, built into `folder`; null without Go, or inside the cluster's network without its module. @throws when the build fails */
export async function buildGoClient(folder: string): Promise<Client | null> {
  if ((await run('go', ['version']).catch(() => null)) === null) return null;
  const path = join(folder, 'go-client');
  const env = { GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off' };
  const options = { cwd: join(import.meta.dirname, 'go-client'), timeoutMs: 300_000 };
  const built = await run('go', ['build', '-o', path, '.'], env, options);
  // Its module cannot be fetched from there.
  if (built.code !== 0 && isInside()) return null;
  if (built.code !== 0) throw new Error(`go build: ${built.stderr}`);
  return program([path]);
}

function program([command, ...args]: readonly string[]): Client {
  return async (url, text, bytes) => {
    const { code, stdout, stderr } = await run(command!, [...args, url, text, String(bytes)]);
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Conversation;
  };
}
