/** One client connection: reads requests one after another, keeps what comes early, and closes so that nothing is lost. */
import type { FailureCode } from '@rouse/contract';
import { WheelTimer } from '../timer-wheel.ts';
import { ByteQueue } from './byte-queue.ts';
import { ClientOrigin } from './client-origin.ts';
import { Http1Exchange } from './http1-exchange.ts';
import { CR, IS_TOKEN, LF } from './octets.ts';
import { failureAnswer, ownAnswerText } from './own-answer.ts';
import { parseRequest, REQUEST_LINE_EXTRA_BYTES } from './parse-request.ts';
import { RequestHead } from './request-head.ts';
import { HeadScan, SCAN_FIRST_LINE_TOO_LONG, SCAN_INCOMPLETE, SCAN_TOO_LARGE } from './scan-head.ts';
import type { ServerSide } from './server-options.ts';
import type { Wire, WireOwner } from './wire.ts';

/** Longest that bytes are read and dropped after an answer before the connection is closed (RFC 9112 9.6). */
const LINGER_MS = 5_000;

/** Waiting for a request; what has come of a head, if anything, is in `#early`. */
const IDLE = 0;
/** A part of a head is there. */
const HEAD = 1;
/** An exchange is under way. */
const ACTIVE = 2;
/** Answered and shut down; what still comes is dropped. */
const LINGER = 3;
const GONE = 4;

/** The request being looked at; an exchange takes what it needs before another head is parsed. */
const head = new RequestHead();

export class ClientConnection implements WireOwner {
  readonly wire: Wire;
  readonly server: ServerSide;
  readonly origin: ClientOrigin;
  readonly exchange: Http1Exchange;
  /** The client has sent FIN. */
  hasEnded = false;
  #state = IDLE;
  #isConsuming = false;
  /** One empty line before a request line is passed over (RFC 9112 2.2). */
  #maySkipEmptyLine = true;
  /** Bytes that came early: a head in part, or further requests while one is answered. */
  readonly #early = new ByteQueue();
  #scan: HeadScan | null = null;
  readonly #timer: WheelTimer;
  /** Bytes not taken yet when the stall timer was set. */
  #unsentBytes = 0;

  constructor(wire: Wire, server: ServerSide, address: string, trusted: boolean) {
    this.wire = wire;
    this.server = server;
    this.origin = new ClientOrigin(address, trusted, server.engine.viaName);
    this.#timer = new WheelTimer(() => this.#timeUp());
    this.exchange = new Http1Exchange(this);
    wire.owner = this;
    server.engine.wheel.set(this.#timer, server.engine.limits.keepAliveTimeoutMs);
  }

  /** Bytes read beyond the request under way. */
  get earlyBytes(): number {
    return this.#early.length;
  }

  /** Closes it if it is between requests. */
  closeIdle(): void {
    if (this.#state === IDLE && this.wire.isSettled) this.linger();
  }

  /** Closes it whatever it does; an exchange under way ends without an answer. */
  abort(): void {
    if (this.#state === ACTIVE) this.exchange.abort();
    else this.destroy();
  }

  // ── events of the wire ──────────────────────────────────────────────────────────────────────────────────────────

  received(bytes: Buffer, length: number): void {
    this.server.engine.stats.clientBytesRead += length;
    switch (this.#state) {
      case IDLE:
        // Behind answers the client has not taken yet, requests wait.
        if (this.#early.length > 0 || !this.wire.isSettled) this.#keepEarly(bytes, 0, length);
        else this.#consume(bytes, 0, length);
        return;
      case HEAD:
        this.#early.append(bytes, 0, length);
        this.#scanHead();
        return;
      case ACTIVE: {
        const { exchange } = this;
        const at = exchange.isRequestSent ? 0 : exchange.relayBody(bytes, length);
        if (at < length && this.#state === ACTIVE) this.#keepEarly(bytes, at, length);
        return;
      }
    }
  }

  peerEnded(): void {
    this.hasEnded = true;
    if (this.#state === ACTIVE) this.exchange.clientEnded();
    // Answers not taken yet, and requests behind them: `drained` goes on with these, and ends it.
    else if (this.#state === IDLE && (this.#early.length > 0 || !this.wire.isSettled)) return;
    // Both sides have ended: the socket closes by itself once all is sent.
    else if (this.#state === LINGER) this.#waitForClose();
    else this.destroy();
  }

  drained(): void {
    if (this.#state === ACTIVE) this.exchange.clientDrained();
    else if (this.#state === IDLE) this.#nextRequest();
    else if (this.#state === LINGER) this.#waitForClose();
  }

  lost(): void {
    if (this.#state === GONE) return;
    const wasActive = this.#state === ACTIVE;
    this.#gone();
    if (wasActive) this.exchange.clientGone();
  }

  // ── reading heads ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Reads requests from `bytes[start, end)` for as long as they are answered at once; keeps the rest. */
  #consume(bytes: Buffer, start: number, end: number): void {
    const { engine } = this.server;
    engine.wheel.clear(this.#timer);
    this.#isConsuming = true;
    let at = start;
    while (at < end) {
      if (this.#state !== IDLE) break;
      if (!this.wire.isSettled) break;
      if (bytes[at] === CR && this.#maySkipEmptyLine && at + 1 < end && bytes[at + 1] === LF) {
        this.#maySkipEmptyLine = false;
        at += 2;
        continue;
      }
      const headEnd = parseRequest(bytes, at, end, engine.limits, head);
      if (headEnd > 0) {
        this.#maySkipEmptyLine = true;
        at = this.exchange.begin(head, bytes, headEnd, end, headEnd - at);
      } else {
        this.#isConsuming = false;
        this.#early.append(bytes, at, end);
        this.#scanHead();
        return;
      }
    }
    this.#isConsuming = false;
    if (at >= 0 && at < end && this.#state <= ACTIVE) this.#keepEarly(bytes, at, end);
    if (this.#state === IDLE) this.#rest();
  }

  /** A head is there in part, or is malformed: the line ends tell which (`scan-head.ts`). */
  #scanHead(): void {
    const { engine } = this.server;
    const early = this.#early;
    if (this.#state !== HEAD) {
      this.#state = HEAD;
      engine.wheel.set(this.#timer, engine.limits.headTimeoutMs);
      this.#scan ??= new HeadScan();
      this.#scan.reset(this.#maySkipEmptyLine);
    }
    const first = early.bytes[0]!;
    // No request begins like this (TLS, for one): there is no point in waiting for the end of a line.
    if (IS_TOKEN[first] !== 1 && first !== CR) {
      this.#refuseHead('bad-request');
      return;
    }
    const { headBytes, targetBytes } = engine.limits;
    const scan = this.#scan!;
    const verdict = scan.scan(early.bytes, early.length, headBytes, targetBytes + REQUEST_LINE_EXTRA_BYTES);
    if (verdict === SCAN_INCOMPLETE) return;
    if (verdict < 0) {
      if (verdict === SCAN_FIRST_LINE_TOO_LONG) this.#refuseHead('target-too-long');
      else this.#refuseHead(verdict === SCAN_TOO_LARGE ? 'head-too-large' : 'bad-request');
      return;
    }
    if (parseRequest(early.bytes, scan.start, verdict, engine.limits, head) <= 0) {
      this.#refuseHead(head.fault === '' ? 'bad-request' : head.fault);
      return;
    }
    const headStart = scan.start;
    this.#maySkipEmptyLine = false;
    const bytes = early.take();
    this.#state = IDLE;
    this.#consume(bytes, headStart, bytes.length);
  }

  #refuseHead(code: FailureCode): void {
    const { stats } = this.server.engine;
    stats.requestsMalformed++;
    head.fault = '';
    this.#early.clear();
    const answer = failureAnswer(code, undefined, undefined);
    this.writeText(ownAnswerText(answer, 'Connection: close\r\n', false));
    this.linger();
  }

  // ── between requests ────────────────────────────────────────────────────────────────────────────────────────────

  /** The exchange begins: what comes now is its body, or early. */
  activate(): void {
    this.#state = ACTIVE;
  }

  /** The exchange is over and answered. */
  exchangeEnded(closes: boolean): void {
    if (this.#state !== ACTIVE) return;
    this.#state = IDLE;
    this.clearStall();
    if (closes) this.linger();
    else if (!this.#isConsuming) this.#nextRequest();
  }

  #nextRequest(): void {
    if (!this.wire.isSettled) {
      this.waitForClientToTake();
      return;
    }
    if (this.#early.length > 0) {
      const bytes = this.#early.take();
      this.#consume(bytes, 0, bytes.length);
      if (this.#state === IDLE || this.#state === HEAD) this.wire.resume();
      return;
    }
    this.wire.resume();
    this.#rest();
  }

  /** Nothing to do until the client sends something. */
  #rest(): void {
    const { engine, isDraining } = this.server;
    if (!this.wire.isSettled) {
      this.waitForClientToTake();
      return;
    }
    if (this.#early.length > 0) return;
    if (this.hasEnded || isDraining) this.linger();
    else engine.wheel.set(this.#timer, engine.limits.keepAliveTimeoutMs);
  }

  #keepEarly(bytes: Buffer, start: number, end: number): void {
    this.#early.append(bytes, start, end);
    if (this.#mayReadAhead()) return;
    this.wire.pause();
    if (this.#state === ACTIVE) this.exchange.readingPaused();
  }

  /** The request under way is complete: what comes next is kept, within limits. */
  readAhead(): void {
    if (this.#mayReadAhead()) this.wire.resume();
  }

  #mayReadAhead(): boolean {
    return this.#early.length < this.exchange.readAheadBytes;
  }

  /** Hands over what came early: it belongs to the protocol upgraded to. */
  takeEarly(): Buffer {
    return this.#early.take();
  }

  // ── the client's pace ───────────────────────────────────────────────────────────────────────────────────────────

  writeText(text: string): boolean {
    this.server.engine.stats.clientBytesWritten += text.length;
    return this.wire.writeText(text);
  }

  /** From now on the client has `client-stall-timeout` to send or to take a byte. */
  waitForClientToSend(): void {
    const { engine } = this.server;
    engine.wheel.set(this.#timer, engine.limits.clientStallTimeoutMs);
  }

  waitForClientToTake(): void {
    const { engine } = this.server;
    this.#unsentBytes = this.wire.unsentBytes;
    engine.wheel.set(this.#timer, engine.limits.clientStallTimeoutMs);
  }

  clearStall(): void {
    this.server.engine.wheel.clear(this.#timer);
  }

  #timeUp(): void {
    const { engine } = this.server;
    if (!this.wire.isSettled) {
      // It took something: another while. It took nothing: it is cut off, and can see that it has not got all.
      if (this.wire.unsentBytes < this.#unsentBytes) this.waitForClientToTake();
      else if (this.#state === ACTIVE) this.exchange.clientStalled(false);
      else this.reset();
      return;
    }
    switch (this.#state) {
      case IDLE:
        this.linger();
        return;
      case HEAD:
        engine.stats.requestsMalformed++;
        this.#refuseHead('head-timeout');
        return;
      case ACTIVE:
        this.exchange.clientStalled(true);
        return;
      default:
        this.destroy();
    }
  }

  // ── closing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** FIN after what was written; then reads and drops for a while, since closing at once would reset an upload. */
  linger(): void {
    if (this.#state === GONE) return;
    this.#state = LINGER;
    this.#early.clear();
    this.wire.end();
    if (!this.hasEnded) this.wire.resume();
    this.#waitForClose();
  }

  #waitForClose(): void {
    if (!this.wire.isSettled) this.waitForClientToTake();
    else this.server.engine.wheel.set(this.#timer, LINGER_MS);
  }

  destroy(): void {
    this.#gone();
    this.wire.destroy();
  }

  /** RST: the client must not take what it got for complete. */
  reset(): void {
    this.#gone();
    this.wire.reset();
  }

  /** The wire belongs to a tunnel now. */
  detach(): void {
    this.#state = GONE;
    this.server.engine.wheel.remove(this.#timer);
  }

  #gone(): void {
    if (this.#state === GONE) return;
    this.#state = GONE;
    this.#early.clear();
    this.server.engine.wheel.remove(this.#timer);
    this.exchange.dispose();
    this.server.forget(this);
  }
}
