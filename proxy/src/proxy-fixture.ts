/** For tests through real sockets: a running proxy with a leader that pushes to it, raw clients, and recording apps. */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import {
  EPOCH_HEADER,
  GENERATION_HEADER,
  type PodEntry,
  type ProxyFlagValues,
  type Report,
  type WorkloadEntry,
} from '@rouse/contract';
import { expect, onTestFinished } from 'vitest';
import { pod } from './path-fixture.ts';
import { type RunningProxy, startProxy } from './start-proxy.ts';

/** A proxy and the leader that pushes to it. */
export class Harness {
  readonly proxy: RunningProxy;
  #generation = 0;

  constructor(proxy: RunningProxy) {
    this.proxy = proxy;
  }

  static async start(flags: Partial<ProxyFlagValues> = {}): Promise<Harness> {
    const started = await startProxy({
      flags: { host: '127.0.0.1', port: 0, adminPort: 0, allowLocalPods: true, shutdownDelay: 0, ...flags },
    });
    if (!started.ok) throw new Error(JSON.stringify(started.problems));
    onTestFinished(() => started.proxy.close());
    return new Harness(started.proxy);
  }

  async put(...entries: WorkloadEntry[]): Promise<void> {
    this.#generation++;
    const response = await fetch(`http://127.0.0.1:${this.proxy.adminPort}/v1/workloads`, {
      method: 'PUT',
      headers: { [EPOCH_HEADER]: '1', [GENERATION_HEADER]: String(this.#generation) },
      body: JSON.stringify({ workloads: entries }),
    });
    if (response.status !== 200) throw new Error(await response.text());
  }

  async admin(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.proxy.adminPort}${path}`);
    return { status: response.status, text: await response.text() };
  }

  client(): Promise<Client> {
    return Client.open(this.proxy.dataPort);
  }

  /** Follows the reports; the list fills. */
  async reports(): Promise<Report[]> {
    const list: Report[] = [];
    const abort = new AbortController();
    onTestFinished(() => abort.abort());
    const response = await fetch(`http://127.0.0.1:${this.proxy.adminPort}/v1/reports`, { signal: abort.signal });
    const decoder = new TextDecoder();
    let text = '';
    const read = async (): Promise<void> => {
      for await (const bytes of response.body!) {
        text += decoder.decode(bytes, { stream: true });
        for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
          list.push(JSON.parse(text.slice(6, end)) as Report);
          text = text.slice(end + 2);
        }
      }
    };
    read().catch(() => {});
    return list;
  }
}

/** A raw socket that remembers all it got. */
export class Client {
  readonly socket: Socket;
  text = '';
  closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.text += bytes.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static open(port: number): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => resolve(new Client(socket)));
      socket.once('error', reject);
      onTestFinished(() => {
        socket.destroy();
      });
    });
  }

  get(host: string, path = '/', fields = ''): this {
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`);
    return this;
  }

  /** One whole answer with a Content-Length, or chunked, has come. */
  answered(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const headEnd = this.text.indexOf('\r\n\r\n');
        if (headEnd === -1) return;
        const length = /\r\ncontent-length: (\d+)/i.exec(this.text)?.[1];
        const whole =
          length === undefined ? this.text.endsWith('0\r\n\r\n') : this.text.length >= headEnd + 4 + Number(length);
        if (!whole) return;
        this.socket.off('data', look);
        this.socket.off('close', gone);
        resolve();
      };
      const gone = (): void => reject(new Error(`closed after ${JSON.stringify(this.text)}`));
      this.socket.on('data', look);
      this.socket.on('close', gone);
      look();
    });
  }

  async until(pattern: RegExp, timeout = 5000): Promise<string> {
    await expect.poll(() => this.text, { timeout, interval: 5 }).toMatch(pattern);
    return this.text;
  }
}

export interface Backend {
  readonly port: number;
  readonly requests: { method: string; url: string; at: number }[];
  /** Requests at once now, and the most there ever were. */
  now: number;
  most: number;
  close(): Promise<void>;
  /** As kill −9 would: every connection is reset, and none is taken any more. */
  kill(): void;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export async function backend(
  handler: Handler = (_request, response) => void response.end('hello'),
  port = 0,
): Promise<Backend> {
  const server: Server = createHttpServer((request, response) => {
    backendNow.requests.push({ method: request.method ?? '', url: request.url ?? '', at: Date.now() });
    backendNow.now++;
    backendNow.most = Math.max(backendNow.most, backendNow.now);
    response.on('close', () => backendNow.now--);
    request.resume();
    handler(request, response);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const backendNow: Backend = {
    port: (server.address() as AddressInfo).port,
    requests: [],
    now: 0,
    most: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    kill() {
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
  onTestFinished(() => backendNow.close());
  return backendNow;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function local(uid: string, port: number, change: Partial<PodEntry> = {}): PodEntry {
  return pod(uid, { address: '127.0.0.1', port, ...change });
}
