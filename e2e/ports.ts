/** Ports of this machine: free ones, and what answers there. */
import net from 'node:net';
import { request } from './request.ts';

/** Below the range the kernel takes for outgoing connections, and below that of `rouse dev` for pods. */
const LOWEST = 10_000;
const BLOCKS = 100;
const BLOCK = 100;
/** Room above each port for further proxies of `rouse dev`, which take the next free ones. */
const ROOM = 8;
let next = 0;
let end = 0;
/** Callers at once share one block. */
let taking: Promise<void> | null = null;

/** `count` ports that were free just now, and that neither this process gets again nor another one meanwhile. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    while (next + ROOM > end) {
      taking ??= takeBlock();
      await taking;
    }
    const port = next;
    next += ROOM;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

/**
 * Test files run at once, and what is free now may be taken by another before it is used. So each process has ports of
 * its own: it listens on the first one of its block until it ends.
 */
async function takeBlock(): Promise<void> {
  for (let tried = 0; tried < BLOCKS; tried++) {
    const first = LOWEST + ((process.pid + tried) % BLOCKS) * BLOCK;
    const guard = await listen(first);
    if (guard === null) continue;
    guard.unref();
    next = first + ROOM;
    end = first + BLOCK;
    taking = null;
    return;
  }
  throw new Error(`all ports from ${LOWEST} to ${LOWEST + BLOCKS * BLOCK - 1} are taken`);
}

/** True when nothing listens on this port of 127.0.0.1. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === null) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

function listen(port: number): Promise<net.Server | null> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}

/**
 * True once a proxy answers there. A port that merely accepts is not enough: `rouse dev` and the proxy each try
 * whether their ports are free before they use them, and a client may meet that moment.
 */
export async function serves(port: number, address = '127.0.0.1'): Promise<boolean> {
  try {
    return (await request(port, 'nobody.invalid', '/', { address })).headers['x-rouse-error'] === 'no-route';
  } catch {
    return false;
  }
}

/** True when something listens there. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
