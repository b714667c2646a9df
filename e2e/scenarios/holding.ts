/** What holding costs: large bodies through a sleeping workload, thousands of held requests, held uploads. */
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { until } from '@rouse/contract/testing';
import { block } from '../app/pattern.ts';
import { hands, hostOf } from '../hands.ts';
import { filesWritten, memoryMib } from '../processes.ts';
import type { ProxyProcess, System } from '../system.ts';

/** Kernel memory of all TCP sockets of this network namespace in MiB, by /proc/net/sockstat (in pages of 4 KiB). */
export function tcpKernelMib(): number {
  const line = /TCP: .* mem (\d+)/.exec(readFileSync('/proc/net/sockstat', 'utf8'));
  return (Number(line?.[1]) * 4096) / 2 ** 20;
}

/** Bytes that wait in the receive queues of sockets with this local port, in MiB, by /proc/net/tcp. */
export function receiveQueuesMib(port: number): number {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  let bytes = 0;
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)) {
    const [, local = '', , , queues = ''] = line.trim().split(/\s+/);
    if (local.endsWith(`:${hexPort}`)) bytes += Number.parseInt(queues.split(':')[1] ?? '0', 16);
  }
  return bytes / 2 ** 20;
}

const sleepy = { annotations: { 'autoscaling.knative.dev/window': '6s' } };

export interface LargeBodyResult {
  readonly bytes: number;
  readonly uploadSame: boolean;
  readonly downloadSame: boolean;
  /** Bytes the sender got rid of before it was blocked, while the workload slept. */
  readonly sentWhileAsleep: number;
  readonly proxyPeakMib: number;
  readonly proxyIdleMib: number;
  /** Regular files the proxy had open for writing while it held the upload, by name: there must be none. */
  readonly filesOpen: readonly string[];
}

/** `bytes` up to a sleeping workload whose app takes 3 s to start, then `bytes` down. */
export async function largeBodies(system: System, bytes: number): Promise<LargeBodyResult> {
  const { create, asleep } = hands(() => system);
  const [proxy] = await system.proxies();
  await create({ name: 'large', ...sleepy, env: { START_DELAY_MS: '3000' } });
  await asleep('large');
  const proxyIdleMib = memoryMib(proxy!.pid).rss;
  forgetPeak(proxy!.pid);
  let filesOpen: readonly string[] = [];
  const { text, sentWhileAsleep } = await upload(proxy!, 'large', bytes, () => {
    filesOpen = filesWritten(proxy!.pid);
  });
  const received = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  const downloadSame = await download(proxy!, 'large', bytes);
  return {
    bytes,
    uploadSame: received.isSame === true && received.received === bytes,
    downloadSame,
    sentWhileAsleep,
    proxyIdleMib,
    proxyPeakMib: memoryMib(proxy!.pid).peak,
    filesOpen,
  };
}

/** What it needed for others before is not this scenario's (proc(5): 5 resets the peak). */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Writes as fast as the socket takes it; what was taken until the first answer byte while nothing moved is the kernel's. */
function upload(
  { address, port }: ProxyProcess,
  name: string,
  bytes: number,
  onBlocked: () => void,
): Promise<{ text: string; sentWhileAsleep: number }> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, address);
    let left = bytes;
    let text = '';
    let sentWhileAsleep = -1;
    let lastMoveMs = performance.now();
    const stalled = setInterval(() => {
      // So long without a byte taken, long before the app listens: this is all that was taken while it slept.
      if (sentWhileAsleep < 0 && performance.now() - lastMoveMs > 1_500) {
        sentWhileAsleep = bytes - left - socket.writableLength;
        onBlocked();
      }
    }, 50);
    const push = (): void => {
      lastMoveMs = performance.now();
      while (left > 0) {
        const piece = left >= block.length ? block : block.subarray(0, left);
        left -= piece.length;
        if (!socket.write(piece)) {
          socket.once('drain', push);
          return;
        }
      }
    };
    socket.once('connect', () => {
      socket.write(
        `POST /upload HTTP/1.1\r\nHost: ${hostOf(name)}\r\nContent-Length: ${bytes}\r\nConnection: close\r\n\r\n`,
      );
      push();
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.once('close', () => {
      clearInterval(stalled);
      resolve({ text, sentWhileAsleep });
    });
    socket.once('error', reject);
  });
}

function download({ address, port }: ProxyProcess, name: string, bytes: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, address);
    let head = '';
    let received = -1;
    let same = true;
    socket.once('connect', () => {
      socket.write(`GET /download?bytes=${bytes} HTTP/1.1\r\nHost: ${hostOf(name)}\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (chunk: Buffer) => {
      let body = chunk;
      if (received < 0) {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        received = 0;
        body = Buffer.from(head.slice(end + 4), 'latin1');
      }
      for (let at = 0; at < body.length && same; ) {
        const from = (received + at) % block.length;
        const size = Math.min(body.length - at, block.length - from);
        same = body.compare(block, from, from + size, at, at + size) === 0;
        at += size;
      }
      received += body.length;
    });
    socket.once('close', () => resolve(same && received === bytes));
    socket.once('error', reject);
  });
}

export interface HeldResult {
  readonly count: number;
  readonly idleMib: number;
  readonly heldMib: number;
  /** Kernel memory of both ends of all connections of this machine, above what it was before. */
  readonly kernelMib: number;
  /** Of that, bytes waiting to be read by the proxy. */
  readonly receiveQueuesMib: number;
  /** Connections whose answer carried their own id. */
  readonly answered: number;
}

/** `count` GETs at once on a sleeping workload, each with an id of its own that the app echoes. */
export function heldGets(system: System, count: number): Promise<HeldResult> {
  const message = (host: string, id: string): string =>
    `GET / HTTP/1.1\r\nHost: ${host}\r\nX-Id: ${id}\r\nConnection: close\r\n\r\n`;
  return held(system, { name: 'held-gets', count, startDelayMs: 4_000 + count, message });
}

/** `count` uploads of 1 MiB at once on a sleeping workload: their bodies stay in the kernel. */
export function heldUploads(system: System, count: number): Promise<HeldResult> {
  const body = 'x'.repeat(2 ** 20);
  const message = (host: string, id: string): string =>
    `POST / HTTP/1.1\r\nHost: ${host}\r\nX-Id: ${id}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
  return held(system, { name: 'held-uploads', count, startDelayMs: 4_000 + 20 * count, message });
}

interface HeldOptions {
  readonly name: string;
  readonly count: number;
  /** Long enough to have all of them waiting when memory is read. */
  readonly startDelayMs: number;
  message(host: string, id: string): string;
}

async function held(system: System, { name, count, startDelayMs, message }: HeldOptions): Promise<HeldResult> {
  const { create, asleep, workload } = hands(() => system);
  const annotations = {
    ...sleepy.annotations,
    'rouse.dev/queue-limit': '20000',
    'autoscaling.knative.dev/max-scale': '2',
  };
  await create({ name, annotations, env: { START_DELAY_MS: String(startDelayMs) } });
  await asleep(name);
  const [{ address, port, pid }] = (await system.proxies()) as [ProxyProcess];
  const idleMib = memoryMib(pid).rss;
  const kernelBefore = tcpKernelMib();
  let answered = 0;
  let closed = 0;
  for (let index = 0; index < count; index++) {
    const id = `id-${index}`;
    let text = '';
    const socket = net.connect(port, address, () => socket.write(message(hostOf(name), id), 'latin1'));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      closed++;
      // Before it a held upload gets 100 Continue: how the proxy finds out who left.
      if (/^(?:HTTP\/1.1 100 Continue\r\n\r\n)*HTTP\/1.1 200/.test(text) && text.endsWith(`${id}\n`)) answered++;
    });
    // A backlog is finite: let the proxy accept what was sent so far.
    if (index % 200 === 199) await new Promise((resolve) => setImmediate(resolve));
  }
  await until(async () => (await workload(name)).held === count, `${count} held requests`, startDelayMs);
  const heldMib = memoryMib(pid).rss;
  const kernelMib = tcpKernelMib() - kernelBefore;
  const waitingMib = receiveQueuesMib(port);
  await until(() => closed === count, 'all connections to end', 180_000);
  return { count, idleMib, heldMib, kernelMib, receiveQueuesMib: waitingMib, answered };
}
