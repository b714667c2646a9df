/** Ports of this machine: free ones, and what answers there. */
import net from 'node:net';
import { request } from './request.ts';

/** Below the range the kernel takes for outgoing connections, and below that of `rouse dev` for pods. */
const LOWEST = 10_000;
const COUNT = 10_000;
/** Room above each port for further proxies of `rouse dev`, which take the next free ones. */
const ROOM = 8;
/** Test files run at once, and what is free now may be taken before it is used: each process starts at a place of its own. */
const APART = 61 * ROOM;
let next = process.pid * APART;

/** `count` ports that were free just now, and that this process gets no second time soon. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = LOWEST + (next % COUNT);
    next += ROOM;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

/** True when nothing listens on this port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer().once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
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
