/** A client that means well: a steady pace on kept connections, each request timed from the moment it was due. */
import net from 'node:net';
import { percentile } from '../scenarios/percentile.ts';

export interface BystanderOptions {
  readonly port: number;
  readonly host: string;
  readonly path?: string;
  readonly connections: number;
  /** Over all its connections. */
  readonly perSecond: number;
}

export interface Experience {
  readonly requests: number;
  /** What went wrong, in words: another status, a closed connection, no answer at the end. */
  readonly faults: readonly string[];
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Bystander {
  /** Sends nothing more and waits up to 10 s for what is missing. */
  stop(): Promise<Experience>;
}

const LAST_ANSWER_MS = 10_000;

/**
 * One request at a time and connection: one that waits for its connection is late, and counts from when it was due.
 * Resolves once each of its connections has had an answer.
 */
export async function startBystander(options: BystanderOptions): Promise<Bystander> {
  const message = `GET ${options.path ?? '/'} HTTP/1.1\r\nHost: ${options.host}\r\n\r\n`;
  const tookMs: number[] = [];
  const faults: string[] = [];
  const due: number[] = [];
  const lanes = Array.from({ length: options.connections }, () => new Lane(options, message, due, tookMs, faults));
  for (const lane of lanes) lane.send(performance.now());
  await Promise.all(lanes.map((lane) => lane.idle()));
  tookMs.length = 0;
  const startedMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    for (; startedMs + (sent * 1000) / options.perSecond <= nowMs; sent++) {
      due.push(startedMs + (sent * 1000) / options.perSecond);
    }
    for (const lane of lanes) lane.next();
  }, 1);

  return {
    async stop() {
      clearInterval(timer);
      await Promise.race([
        Promise.all(lanes.map((lane) => lane.idle())),
        new Promise((resolve) => setTimeout(resolve, LAST_ANSWER_MS).unref()),
      ]);
      for (const lane of lanes) lane.close();
      if (tookMs.length + faults.length < sent)
        faults.push(`${sent - tookMs.length - faults.length} of ${sent} without an answer`);
      return { requests: sent, faults, p50Ms: percentile(tookMs, 0.5), p99Ms: percentile(tookMs, 0.99) };
    },
  };
}

/** One connection; made again when it is lost. */
class Lane {
  readonly #options: BystanderOptions;
  readonly #message: string;
  readonly #due: number[];
  readonly #tookMs: number[];
  readonly #faults: string[];
  #socket: net.Socket | null = null;
  #dueMs: number | null = null;
  #text = '';
  #whenIdle: (() => void)[] = [];

  constructor(options: BystanderOptions, message: string, due: number[], tookMs: number[], faults: string[]) {
    this.#options = options;
    this.#message = message;
    this.#due = due;
    this.#tookMs = tookMs;
    this.#faults = faults;
  }

  next(): void {
    if (this.#dueMs !== null) return;
    const dueMs = this.#due.shift();
    if (dueMs === undefined) for (const resolve of this.#whenIdle.splice(0)) resolve();
    else this.send(dueMs);
  }

  send(dueMs: number): void {
    this.#dueMs = dueMs;
    this.#socket ??= this.#connect();
    this.#socket.write(this.#message);
  }

  async idle(): Promise<void> {
    if (this.#dueMs === null && this.#due.length === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): net.Socket {
    const socket = net.connect(this.#options.port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#received(chunk.toString('latin1')));
    socket.once('error', (error) => this.#lost(socket, error.message));
    socket.once('close', () => this.#lost(socket, 'closed without an answer'));
    return socket;
  }

  #received(text: string): void {
    this.#text += text;
    const headEnd = this.#text.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#text)?.[1] ?? 0);
    if (!/\r\ntransfer-encoding: *chunked/i.test(this.#text.slice(0, headEnd + 2))) {
      if (this.#text.length < headEnd + 4 + length) return;
    } else if (!this.#text.endsWith('\r\n0\r\n\r\n')) return;
    const status = this.#text.slice(9, 12);
    this.#text = '';
    this.#ended(status === '200' ? null : `status ${status}`);
  }

  #lost(socket: net.Socket, why: string): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#text = '';
    if (this.#dueMs !== null) this.#ended(why);
  }

  #ended(fault: string | null): void {
    if (fault === null) this.#tookMs.push(performance.now() - this.#dueMs!);
    else this.#faults.push(fault);
    this.#dueMs = null;
    this.next();
  }
}
