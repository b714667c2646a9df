/** What the engine's tests run on: a server, a backend that records raw bytes, and raw clients, all on loopback. */
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Clock, PodEntry, WorkloadLimits } from '@rouse/contract';
import { until } from '@rouse/contract/testing';
import { systemClock } from '@rouse/daemon';
import type { AttemptFault, Exchange, Outcome, RequestPath, Resend } from '../exchange.ts';
import { Pod } from '../pod.ts';
import { Workload } from '../workload.ts';
import { createHttp1Engine, type Http1Engine } from './engine.ts';
import type { Http1Limits } from './limits.ts';
import { PodConnections } from './pool.ts';
import { type Http1Server, startHttp1Server } from './server.ts';
import type { Http1ServerOptions } from './server-options.ts';
import { dataTransport, onreadTransport, type Transport } from './transport.ts';

export const transports: readonly Transport[] = [onreadTransport, dataTransport];

/** Lets what is under way arrive: loopback delivers at once, so some turns of the event loop are enough. */
export async function turns(count = 60): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until a number has not changed for 100 ms. @returns it */
export async function stable(read: () => number): Promise<number> {
  let value = read();
  let sinceMs = performance.now();
  while (performance.now() - sinceMs < 100) {
    await turns(1);
    if (read() === value) continue;
    value = read();
    sinceMs = performance.now();
  }
  return value;
}

/** A raw socket, either side, with all it received. */
export class Peer {
  readonly socket: Socket;
  received = '';
  hasEnded = false;
  isClosed = false;
  errorCode = '';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1');
    });
    socket.on('end', () => {
      this.hasEnded = true;
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code ?? 'error';
    });
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** One byte a write, each in a turn of its own. */
  async sendByteByByte(text: string): Promise<void> {
    for (const byte of text) {
      this.socket.write(byte, 'latin1');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Waits for a text, or for a condition on all that was received. */
  async until(sought: string | ((received: string) => boolean)): Promise<string> {
    try {
      await until(() => (typeof sought === 'string' ? this.received.includes(sought) : sought(this.received)));
    } catch {
      const closed = this.isClosed ? ` (closed ${this.errorCode})` : this.hasEnded ? ' (ended)' : '';
      throw new Error(`not within 5 s: ${sought}; received${closed}: ${JSON.stringify(this.received.slice(0, 2_000))}`);
    }
    return this.received;
  }

  /** FIN or RST has come. */
  async gone(): Promise<void> {
    await until(() => this.isClosed || this.hasEnded, 'gone');
  }

  /** RST has come. */
  async wasReset(): Promise<void> {
    await until(() => this.isClosed, 'reset');
    if (this.errorCode !== 'ECONNRESET') throw new Error(`not reset but ${this.errorCode || 'closed'}`);
  }
}

/** A pod made of nothing but a socket server: tests read what came and write what goes back. */
export class Backend {
  readonly peers: Peer[] = [];
  readonly server: net.Server;
  port = 0;
  onPeer: (peer: Peer) => void = () => {};

  constructor() {
    this.server = net.createServer({ allowHalfOpen: true }, (socket) => {
      const peer = new Peer(socket);
      this.peers.push(peer);
      this.onPeer(peer);
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.server.listen(0, '127.0.0.1', () => {
        this.port = (this.server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** The connection with this index, once it is there. */
  async peer(index = 0): Promise<Peer> {
    await until(() => this.peers.length > index, `connection ${index} to the backend`);
    return this.peers[index]!;
  }

  close(): void {
    for (const peer of this.peers) peer.socket.destroy();
    this.server.close();
  }
}

/** Sends everything to one pod, or holds it until told; keeps a log of what the engine said. */
export class TestPath implements RequestPath {
  readonly log: string[] = [];
  pod: Pod | null = null;
  holds = false;
  /** Attempts after the first go here, up to so many; then 502. */
  retries = 0;
  readonly held: Exchange[] = [];
  readonly workload = new Workload('default/test', 0);
  inFlight = 0;

  arrive(exchange: Exchange): void {
    this.inFlight++;
    exchange.workload = this.workload;
    exchange.attempts = 0;
    if (exchange.host === 'nowhere.test') {
      exchange.refuse('no-route');
      return;
    }
    if (this.holds || this.pod === null) {
      this.held.push(exchange);
      exchange.hold();
      return;
    }
    exchange.attempts = 1;
    exchange.send(this.pod);
  }

  release(): void {
    this.holds = false;
    for (const exchange of this.held.splice(0)) exchange.send(this.pod!);
  }

  failed(exchange: Exchange, fault: AttemptFault, resend: Resend): void {
    this.log.push(`failed ${fault} ${resend}`);
    if (resend !== 'never' && exchange.attempts <= this.retries) {
      exchange.attempts++;
      exchange.send(this.pod!);
    } else exchange.refuse(CODES[fault]);
  }

  responded(exchange: Exchange): void {
    this.log.push(`responded ${exchange.status}`);
  }

  ended(exchange: Exchange, outcome: Outcome): void {
    this.inFlight--;
    const place = this.held.indexOf(exchange);
    if (place >= 0) this.held.splice(place, 1);
    this.log.push(`ended ${outcome} ${exchange.status}`);
  }
}

const CODES: Record<AttemptFault, string> = {
  connect: 'pod-lost',
  lost: 'pod-lost',
  'bad-response': 'bad-response',
  'response-timeout': 'response-timeout',
};

export interface RigOptions {
  readonly limits?: Partial<Http1Limits>;
  readonly workload?: Partial<WorkloadLimits>;
  readonly server?: Partial<Http1ServerOptions>;
  readonly clock?: Clock;
}

/** The proxy's name in Via in all these tests. */
export const VIA = 'rouse-test';

export class Rig {
  readonly engine: Http1Engine;
  readonly path = new TestPath();
  readonly backend = new Backend();
  server!: Http1Server;
  readonly #clients: Peer[] = [];
  readonly #options: RigOptions;

  constructor(transport: Transport, options: RigOptions) {
    this.#options = options;
    this.engine = createHttp1Engine({
      clock: options.clock ?? systemClock,
      transport,
      id: VIA.slice(6),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
  }

  async start(): Promise<this> {
    await this.backend.listen();
    const { path, engine } = this;
    path.workload.limits = { ...path.workload.limits, ...this.#options.workload };
    path.pod = this.podAt(this.backend.port);
    this.server = await startHttp1Server({ engine, host: '127.0.0.1', port: 0, ...this.#options.server }, path);
    return this;
  }

  podAt(port: number): Pod {
    const entry: PodEntry = {
      uid: `uid-${port}`,
      name: 'pod',
      address: '127.0.0.1',
      port,
      phase: 'ready',
      probe: null,
    };
    return new Pod(entry, this.path.workload, new PodConnections(entry.address, entry.port, this.engine));
  }

  async client(): Promise<Peer> {
    const socket = net.connect({ host: '127.0.0.1', port: this.server.port, allowHalfOpen: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const peer = new Peer(socket);
    this.#clients.push(peer);
    return peer;
  }

  stop(): void {
    for (const client of this.#clients) client.socket.destroy();
    this.server.closeAll();
    this.server.stopListening();
    this.path.pod?.connections.closeIdle();
    this.backend.close();
    this.engine.wheel.stop();
  }
}

export function startRig(transport: Transport, options: RigOptions = {}): Promise<Rig> {
  return new Rig(transport, options).start();
}

/** What the proxy adds to a request from 127.0.0.1 that is not trusted. */
export function addedToRequest(authority: string): string {
  const host = authority.includes(':') ? `"${authority}"` : authority;
  return (
    `Via: 1.1 ${VIA}\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n` +
    `X-Forwarded-Host: ${authority}\r\nForwarded: for=127.0.0.1;host=${host};proto=http\r\n`
  );
}
