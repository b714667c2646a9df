/** One connection to a pod: reads responses and hands them to the exchange it carries. */
import { WheelTimer } from '../timer-wheel.ts';
import { BodyRelay } from './body-relay.ts';
import { ByteQueue } from './byte-queue.ts';
import { MALFORMED } from './field-lines.ts';
import type { Http1Exchange } from './http1-exchange.ts';
import { mayBeginResponse, parseResponse } from './parse-response.ts';
import type { PodConnections } from './pool.ts';
import { beginResponseBody } from './response-body.ts';
import { ResponseHead } from './response-head.ts';
import { HeadScan, SCAN_INCOMPLETE } from './scan-head.ts';
import type { Wire, WireOwner } from './wire.ts';

/** Longest a connection is kept idle: servers that say nothing close after 5 s at the earliest (Node, uvicorn). */
const IDLE_LIFE_MS = 4_000;
/** A timer that runs so late tells of a busy event loop (it is never more than two beats late otherwise). */
const BUSY_MS = 200;
/** A first read up to this is sent on together with the head, as one string. */
const ONE_WRITE_BYTES = 16_384;

const CONNECTING = 0;
const IDLE = 1;
const HEAD = 2;
const BODY = 3;
const GONE = 4;

/** The response being looked at; used up before any other is parsed. */
const head = new ResponseHead();

export class PodConnection implements WireOwner {
  readonly pool: PodConnections;
  readonly wire: Wire;
  readonly body: BodyRelay;
  exchange: Http1Exchange | null = null;
  // Links of the pool's list of idle connections.
  nextIdle: PodConnection | null = null;
  previousIdle: PodConnection | null = null;
  idleSinceMs = 0;
  #state = CONNECTING;
  #idleLifeMs = IDLE_LIFE_MS;
  /** When connect-timeout ends by the clock; Infinity once that was put off. */
  #connectDueMs = 0;
  #isReusable = true;
  #interimResponses = 0;
  #partial: ByteQueue | null = null;
  #scan: HeadScan | null = null;
  readonly #timer: WheelTimer;

  constructor(pool: PodConnections) {
    this.pool = pool;
    const { transport, limits, wheel } = pool.engine;
    this.body = new BodyRelay(limits);
    this.#timer = new WheelTimer(() => this.#timeUp());
    this.wire = transport.connect(pool.address, pool.port, () => this.#connected());
    this.wire.owner = this;
    this.wire.readsOnAfterWriteFault();
    wheel.setFromNow(this.#timer, limits.connectTimeoutMs);
    this.#connectDueMs = pool.engine.clock.nowMs() + limits.connectTimeoutMs;
  }

  get isConnecting(): boolean {
    return this.#state === CONNECTING;
  }

  /** Idle, and not for so long that the pod may be closing it just now. */
  isFresh(maxIdleMs: number): boolean {
    return this.pool.engine.wheel.nowMs - this.idleSinceMs < Math.min(maxIdleMs, this.#idleLifeMs);
  }

  /** Takes on an exchange, which writes its request. */
  carry(exchange: Http1Exchange): void {
    this.pool.engine.wheel.clear(this.#timer);
    this.#state = HEAD;
    this.#interimResponses = 0;
    this.exchange = exchange;
    exchange.attach(this);
  }

  /** Called by the pool when it becomes idle. */
  rest(): void {
    const { wheel } = this.pool.engine;
    this.#state = IDLE;
    this.idleSinceMs = wheel.nowMs;
    wheel.set(this.#timer, this.#idleLifeMs);
  }

  /** Lets go of the exchange and closes. */
  destroy(): void {
    this.exchange = null;
    if (this.#state === GONE) return;
    const was = this.#state;
    this.#state = GONE;
    this.pool.engine.wheel.remove(this.#timer);
    this.wire.shareBytes(false);
    this.wire.destroy();
    this.pool.closed(this, was === IDLE, was === CONNECTING);
  }

  /** It became a tunnel: the wire has another owner, and the pool forgets it when told. */
  detach(): void {
    this.exchange = null;
    this.#state = GONE;
    this.pool.engine.wheel.remove(this.#timer);
  }

  received(bytes: Buffer, length: number): void {
    // A byte on an idle connection: the pod and we no longer agree where messages begin.
    if (this.exchange === null) this.destroy();
    else if (this.#state === BODY) this.#relayBody(bytes, 0, length);
    else if (this.#partial !== null && this.#partial.length > 0) this.#readPartialHead(bytes, length);
    else this.#readHead(bytes, 0, length);
  }

  peerEnded(): void {
    if (this.exchange !== null && this.#state === BODY && this.body.kind === 'close') this.#complete(false);
    else this.#failed('lost');
  }

  drained(): void {
    this.exchange?.podDrained();
  }

  lost(): void {
    if (this.#state === GONE) return;
    if (this.#state === CONNECTING) {
      const { stats } = this.pool.engine;
      if (this.wire.errorCode === 'ECONNREFUSED') stats.podConnectsRefused++;
      else stats.podConnectsFailed++;
      this.destroy();
      this.pool.connectFailed(false);
    } else this.#failed('lost');
  }

  #connected(): void {
    if (this.#state !== CONNECTING) return;
    this.pool.engine.stats.podConnectsOk++;
    this.pool.connected(this);
  }

  #timeUp(): void {
    if (this.#state === CONNECTING) {
      const { clock, wheel } = this.pool.engine;
      if (clock.nowMs() - this.#connectDueMs > BUSY_MS) {
        // It was this process that took so long; the connection may be there, and is only not looked at yet.
        this.#connectDueMs = Number.POSITIVE_INFINITY;
        wheel.set(this.#timer, 0);
        return;
      }
      this.pool.engine.stats.podConnectsTimedOut++;
      this.destroy();
      this.pool.connectFailed(true);
    } else if (this.#state === IDLE) this.destroy();
  }

  #failed(fault: 'lost' | 'bad-response'): void {
    const exchange = this.exchange;
    this.destroy();
    exchange?.attemptFailed(fault);
  }

  /** A head that came in pieces goes on. */
  #readPartialHead(bytes: Buffer, length: number): void {
    const partial = this.#partial!;
    partial.append(bytes, 0, length);
    const found = this.#scanPartial();
    if (found === SCAN_INCOMPLETE) return;
    if (found < 0) {
      this.#failed('bad-response');
      return;
    }
    const taken = partial.take();
    this.#readHead(taken, 0, taken.length);
  }

  /** @returns as `HeadScan.scan` does: negative where it is malformed */
  #scanPartial(): number {
    const { bytes, length } = this.#partial!;
    if (!mayBeginResponse(bytes, length)) return MALFORMED;
    const { responseHeadBytes } = this.pool.engine.limits;
    return this.#scan!.scan(bytes, length, responseHeadBytes, responseHeadBytes);
  }

  #readHead(bytes: Buffer, start: number, end: number): void {
    const { limits } = this.pool.engine;
    let at = start;
    while (at < end) {
      const exchange = this.exchange;
      if (exchange === null) {
        // It ended while an interim response was passed on.
        this.destroy();
        return;
      }
      exchange.hasResponseBytes = true;
      const headEnd = parseResponse(bytes, at, end, limits, head);
      if (headEnd <= 0) {
        this.#keepPartial(bytes, at, end);
        return;
      }
      if (head.status >= 200) {
        this.#respond(exchange, bytes, headEnd, end);
        return;
      }
      if (head.status === 101) {
        if (!exchange.upgrade(this, head, bytes, headEnd, end)) this.#failed('bad-response');
        return;
      }
      if (++this.#interimResponses > limits.interimResponses) {
        this.#failed('bad-response');
        return;
      }
      exchange.interim(head);
      at = headEnd;
    }
  }

  /** The head does not parse, because it is malformed or because there is more to come: the line ends tell. */
  #keepPartial(bytes: Buffer, start: number, end: number): void {
    this.#partial ??= new ByteQueue();
    this.#scan ??= new HeadScan();
    this.#scan.reset(false);
    this.#partial.append(bytes, start, end);
    if (this.#scanPartial() !== SCAN_INCOMPLETE) this.#failed('bad-response');
  }

  #respond(exchange: Http1Exchange, bytes: Buffer, headEnd: number, end: number): void {
    const { body } = this;
    this.#isReusable = beginResponseBody(head, exchange.method, body, exchange.responseChunks);
    this.#idleLifeMs = head.keepAliveS < 0 ? IDLE_LIFE_MS : Math.min(IDLE_LIFE_MS, head.keepAliveS * 1000 - 1000);
    this.#state = BODY;
    const isSmall = end - headEnd <= ONE_WRITE_BYTES;
    let at = headEnd;
    if (isSmall && !body.isComplete) {
      at = body.toText(bytes, headEnd, end);
      if (at < 0) {
        // Nothing of it has been sent: the client gets an answer instead of a broken one.
        this.#failed('bad-response');
        return;
      }
    }
    const text = exchange.respond(head, body);
    if (isSmall) {
      const settled = exchange.wire.writeText(body.isComplete && at === headEnd ? text : text + body.asText);
      if (body.isComplete) this.#complete(at === end);
      else if (!settled) this.#waitForClient(exchange);
      return;
    }
    exchange.wire.cork();
    exchange.wire.writeText(text);
    at = body.toWire(this.wire, exchange.wire, bytes, headEnd, end);
    const settled = exchange.wire.uncork();
    this.#passedOn(exchange, at, end, settled);
  }

  #relayBody(bytes: Buffer, start: number, end: number): void {
    const exchange = this.exchange!;
    const at = this.body.toWire(this.wire, exchange.wire, bytes, start, end);
    exchange.responseProgress(end - start);
    this.#passedOn(exchange, at, end, this.body.isSettled);
  }

  #passedOn(exchange: Http1Exchange, at: number, end: number, settled: boolean): void {
    if (at < 0) this.#failed('bad-response');
    else if (this.body.isComplete) this.#complete(at === end);
    else if (!settled) this.#waitForClient(exchange);
  }

  #waitForClient(exchange: Http1Exchange): void {
    this.wire.pause();
    exchange.waitsForClientToTake();
  }

  /** @param inStep nothing came after the response: a byte more and the connection cannot be trusted */
  #complete(inStep: boolean): void {
    const exchange = this.exchange!;
    const keep =
      inStep &&
      !this.wire.hasFailed &&
      this.#isReusable &&
      this.#idleLifeMs > 0 &&
      exchange.isRequestSent &&
      this.wire.isSettled;
    this.exchange = null;
    if (keep) {
      this.wire.shareBytes(exchange.wire.isSettled);
      this.wire.resume();
      this.pool.released(this);
    } else this.destroy();
    exchange.responseComplete();
  }
}
