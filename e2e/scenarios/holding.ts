/** What holding costs: large bodies through a sleeping workload, thousands of held requests, held uploads. */
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { until } from '@rouse/contract/testing';
import { openFiles } from '../processes.ts';
import { type RouseDev, startRouseDev } from '../rouse-dev.ts';

/** Memory of a process in MiB, by /proc/PID/status: now, and the most it ever had. */
export function memoryMib(pid: number): { readonly rss: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return { rss: field('VmRSS'), peak: field('VmHWM') };
}

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
  /** Regular files the proxy had open while it held the upload, by name: there must be none. */
  readonly filesOpen: readonly string[];
}

/** Byte `i` of every body is the app's own function of its position: see `pattern` in the app under test. */
const block = Buffer.alloc(65_536);
for (let index = 0; index < block.length; index++) block[index] = (index * 31 + (index >> 8)) & 0xff;

/** `bytes` up to a sleeping workload whose app takes 3 s to start, then `bytes` down. */
export async function largeBodies(bytes: number): Promise<LargeBodyResult> {
  const dev = await startRouseDev([{ name: 'large', ...sleepy, env: { START_DELAY_MS: '3000' } }]);
  try {
    const proxy = dev.pidsOf('rouse-proxy')[0]!;
    const proxyIdleMib = memoryMib(proxy).rss;
    let filesOpen: readonly string[] = [];
    const { text, sentWhileAsleep } = await upload(dev, 'large', bytes, () => {
      filesOpen = openFiles(proxy);
    });
    const received = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
    const downloadSame = await download(dev, 'large', bytes);
    return {
      bytes,
      uploadSame: received.isSame === true && received.received === bytes,
      downloadSame,
      sentWhileAsleep,
      proxyIdleMib,
      proxyPeakMib: memoryMib(proxy).peak,
      filesOpen,
    };
  } finally {
    await dev.stop();
  }
}

/** Writes as fast as the socket takes it; what was taken until the first answer byte while nothing moved is the kernel's. */
function upload(
  dev: RouseDev,
  name: string,
  bytes: number,
  onBlocked: () => void,
): Promise<{ text: string; sentWhileAsleep: number }> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(dev.port, '127.0.0.1');
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
        `POST /upload HTTP/1.1\r\nHost: ${name}.default.example.com\r\nContent-Length: ${bytes}\r\nConnection: close\r\n\r\n`,
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

function download(dev: RouseDev, name: string, bytes: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(dev.port, '127.0.0.1');
    let head = '';
    let received = -1;
    let same = true;
    socket.once('connect', () => {
      socket.write(
        `GET /download?bytes=${bytes} HTTP/1.1\r\nHost: ${name}.default.example.com\r\nConnection: close\r\n\r\n`,
      );
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
export async function heldGets(count: number): Promise<HeldResult> {
  return held(
    count,
    4_000 + count,
    (id) => `GET / HTTP/1.1\r\nHost: held.default.example.com\r\nX-Id: ${id}\r\nConnection: close\r\n\r\n`,
  );
}

/** `count` uploads of 1 MiB at once on a sleeping workload: their bodies stay in the kernel. */
export async function heldUploads(count: number): Promise<HeldResult> {
  const body = 'x'.repeat(2 ** 20);
  return held(
    count,
    4_000 + 20 * count,
    (id) =>
      `POST / HTTP/1.1\r\nHost: held.default.example.com\r\nX-Id: ${id}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}

async function held(count: number, startDelayMs: number, message: (id: string) => string): Promise<HeldResult> {
  const dev = await startRouseDev([
    {
      name: 'held',
      annotations: {
        ...sleepy.annotations,
        'rouse.dev/queue-limit': '20000',
        'autoscaling.knative.dev/max-scale': '2',
      },
      // Long enough to have all of them waiting when memory is read.
      env: { START_DELAY_MS: String(startDelayMs) },
    },
  ]);
  try {
    const proxy = dev.pidsOf('rouse-proxy')[0]!;
    const idleMib = memoryMib(proxy).rss;
    const kernelBefore = tcpKernelMib();
    let answered = 0;
    let closed = 0;
    for (let index = 0; index < count; index++) {
      const id = `id-${index}`;
      let text = '';
      const socket = net.connect(dev.port, '127.0.0.1', () => socket.write(message(id), 'latin1'));
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
    await until(async () => (await dev.workload('held')).held === count, `${count} held requests`, startDelayMs);
    const heldMib = memoryMib(proxy).rss;
    const kernelMib = tcpKernelMib() - kernelBefore;
    const waitingMib = receiveQueuesMib(dev.port);
    await until(() => closed === count, 'all connections to end', 180_000);
    return { count, idleMib, heldMib, kernelMib, receiveQueuesMib: waitingMib, answered };
  } finally {
    await dev.stop();
  }
}
