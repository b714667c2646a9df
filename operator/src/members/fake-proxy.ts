/** For tests: a real HTTP server that plays a proxy's admin port, with its faults (late, cut, refusing, restarted). */
import * as http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { EPOCH_HEADER, type Fence, GENERATION_HEADER, type Report, type WorkloadReport } from '@rouse/contract';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly fence: Fence;
  readonly body: string;
  readonly authorization: string | undefined;
}

/** Answers a push itself and returns true, or leaves it to the fencing rule. */
type Fault = (received: Received, response: http.ServerResponse) => boolean;

export class FakeProxy {
  readonly received: Received[] = [];
  instance = 'instance-1';
  applied: Fence = { epoch: 0, generation: 0 };
  fault: Fault = () => false;
  answerDelayMs = 0;
  mostAtOnce = 0;
  streamsOpened = 0;
  readonly streams = new Set<http.ServerResponse>();
  #atOnce = 0;
  #port = 0;
  #server: http.Server | null = null;
  readonly #sockets = new Set<Socket>();

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens; a second call takes the same port again, as a restarted process would. */
  async start(): Promise<void> {
    const server = http.createServer((request, response) => this.#answer(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Dies at once, with every connection. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  }

  report(workloads: readonly WorkloadReport[] = []): void {
    this.write(reportEvent(this, workloads));
  }

  /** Raw bytes on every open report stream. */
  write(bytes: string): void {
    for (const stream of this.streams) stream.write(bytes);
  }

  paths(): readonly string[] {
    return this.received.map((one) => `${one.method} ${one.path}`);
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (request.method === 'GET') {
      this.streamsOpened += 1;
      this.streams.add(response);
      response.on('close', () => this.streams.delete(response));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': open\n\n');
      return;
    }
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    response.on('close', () => {
      this.#atOnce -= 1;
    });
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk;
    });
    request.on('end', () => {
      const received: Received = {
        method: request.method ?? '',
        path: request.url ?? '',
        fence: {
          epoch: Number(request.headers[EPOCH_HEADER]),
          generation: Number(request.headers[GENERATION_HEADER]),
        },
        body,
        authorization: request.headers.authorization,
      };
      this.received.push(received);
      if (!this.fault(received, response)) setTimeout(() => this.#apply(received, response), this.answerDelayMs);
    });
  }

  #apply({ fence }: Received, response: http.ServerResponse): void {
    const older =
      fence.epoch < this.applied.epoch ||
      (fence.epoch === this.applied.epoch && fence.generation < this.applied.generation);
    if (!older) this.applied = fence;
    response.writeHead(older ? 409 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(older ? this.applied : { ...fence, instance: this.instance }));
  }
}

export function reportEvent(proxy: FakeProxy, workloads: readonly WorkloadReport[]): string {
  const report: Report = {
    instance: proxy.instance,
    applied: proxy.applied,
    periodMs: 1000,
    beat: true,
    workloads,
  };
  return `data: ${JSON.stringify(report)}\n\n`;
}
