/** One client connection: reads requests one after another, keeps what comes early, and closes so that nothing is lost. */
import type { FailureCode } from '@rouse/contract';
import { ClientOrigin } from './client-origin.ts';
import { ClientPace } from './client-pace.ts';
import { ConnectionAge } from './connection-age.ts';
import { HeadReader } from './head-reader.ts';
import { Http1Exchange } from './http1-exchange.ts';
import type { Linked } from './open-connections.ts';
import { failureAnswer, ownAnswerText, requestIdLine } from './own-answer.ts';
import type { ServerSide } from './server-options.ts';
import type { Wire, WireOwner } from './wire.ts';

/** Waiting for a request; what has come of a head, if anything, is early. */
const IDLE = 0;
/** A part of a head is there. */
const HEAD = 1;
/** An exchange is under way. */
const ACTIVE = 2;
/** Answered and shut down; what still comes is dropped. */
const LINGER = 3;
const GONE = 4;

export class ClientConnection implements WireOwner, Linked<ClientConnection> {
  readonly wire: Wire;
  readonly server: ServerSide;
  readonly origin: ClientOrigin;
  readonly exchange: Http1Exchange;
  // Links of the listener's list of open connections.
  nextOpen: ClientConnection | null = null;
  previousOpen: ClientConnection | null = null;
  /** The client has sent FIN. */
  hasEnded = false;
  #state = IDLE;
  #isConsuming = false;
  readonly pace: ClientPace;
  readonly #age: ConnectionAge | null;
  readonly #reader: HeadReader;

  constructor(wire: Wire, server: ServerSide, address: string, trusted: boolean) {
    this.wire = wire;
    this.server = server;
    this.origin = new ClientOrigin(address, trusted, server.engine.viaName);
    this.pace = new ClientPace(wire, server.engine, () => this.#timeUp());
    this.#reader = new HeadReader(server.engine.limits);
    this.exchange = new Http1Exchange(this);
    const { engine, connectionAge } = server;
    this.#age = connectionAge === null ? null : new ConnectionAge(engine, connectionAge, this);
    wire.owner = this;
    this.pace.waitForRequest();
  }

  /** The answer under way, or the next one, is the last. */
  get isEnding(): boolean {
    return this.server.isDraining || this.#age?.isOver === true;
  }

  /** Closes it if it is between requests. */
  closeIdle(): void {
    if (this.#state === IDLE && this.wire.isSettled) this.linger();
  }

  /** Closes it whatever it does; an exchange under way ends without an answer. */
  abort(): void {
    // One that is gone, and yet known, has become a tunnel.
    if (this.#state === ACTIVE || this.#state === GONE) this.exchange.abort();
    else this.destroy();
  }

  // ── events of the wire ──────────────────────────────────────────────────────────────────────────────────────────

  received(bytes: Buffer, length: number): void {
    this.server.engine.stats.clientBytesRead += length;
    switch (this.#state) {
      case IDLE:
        // Behind answers the client has not taken yet, requests wait.
        if (this.#reader.early.length > 0 || !this.wire.isSettled) this.#keepEarly(bytes, 0, length);
        else this.#consume(bytes, 0, length);
        return;
      case HEAD:
        this.#reader.early.append(bytes, 0, length);
        this.#readPart();
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
    else if (this.#state === IDLE && (this.#reader.early.length > 0 || !this.wire.isSettled)) return;
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
    const reader = this.#reader;
    this.pace.clear();
    this.#isConsuming = true;
    let at = start;
    while (at < end) {
      if (this.#state !== IDLE || !this.wire.isSettled) break;
      const headStart = reader.skipEmptyLine(bytes, at, end);
      if (headStart > at) {
        at = headStart;
        continue;
      }
      const headEnd = reader.read(bytes, at, end);
      if (headEnd === 0) {
        this.#isConsuming = false;
        reader.early.append(bytes, at, end);
        this.#readPart();
        return;
      }
      at = this.exchange.begin(reader.head, bytes, headEnd, end, headEnd - at);
    }
    this.#isConsuming = false;
    if (at >= 0 && at < end && this.#state <= ACTIVE) this.#keepEarly(bytes, at, end);
    if (this.#state === IDLE) this.#rest();
  }

  /** A part of a head is there, and more of it came; or it is malformed. */
  #readPart(): void {
    const reader = this.#reader;
    if (this.#state !== HEAD) {
      this.#state = HEAD;
      this.pace.waitForHead();
      reader.beginPart();
    }
    const verdict = reader.judgePart();
    if (verdict === 'incomplete') return;
    if (verdict === 'nothing') {
      this.#state = IDLE;
      this.#rest();
      return;
    }
    if (verdict !== 'whole') {
      this.#refuseHead(verdict);
      return;
    }
    const bytes = reader.takeWhole();
    this.#state = IDLE;
    this.#consume(bytes, 0, bytes.length);
  }

  #refuseHead(code: FailureCode): void {
    const { engine, requestIds, accessLog } = this.server;
    const requestBytes = this.#reader.early.length;
    engine.stats.requestsMalformed++;
    this.#reader.early.clear();
    const requestId = requestIds?.make() ?? '';
    const answer = failureAnswer(code, undefined, undefined, requestId);
    const text = ownAnswerText(answer, `Connection: close\r\n${requestIdLine(requestId)}`, false);
    this.writeText(text);
    accessLog?.addMalformed(this.origin.address, code, answer.status, requestBytes, text.length, requestId);
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
    this.pace.clear();
    if (closes) this.#close();
    else if (!this.#isConsuming) this.#nextRequest();
  }

  /** At once where the client said itself that nothing more comes from it: there is nothing to read and drop. */
  #close(): void {
    if (this.exchange.isLast && this.#reader.early.length === 0 && this.wire.isSettled) this.destroy();
    else this.linger();
  }

  #nextRequest(): void {
    if (!this.wire.isSettled) {
      this.pace.waitToTake();
      return;
    }
    if (this.#reader.early.length > 0) {
      const bytes = this.#reader.early.take();
      this.#consume(bytes, 0, bytes.length);
      if (this.#state === IDLE || this.#state === HEAD) this.wire.resume();
      return;
    }
    this.wire.resume();
    this.#rest();
  }

  /** Nothing to do until the client sends something. */
  #rest(): void {
    if (!this.wire.isSettled) {
      this.pace.waitToTake();
      return;
    }
    if (this.#reader.early.length > 0) return;
    if (this.hasEnded || this.server.closesIdle || this.#age?.isOver === true) this.linger();
    else this.pace.waitForRequest();
  }

  #keepEarly(bytes: Buffer, start: number, end: number): void {
    this.#reader.early.append(bytes, start, end);
    if (this.#mayReadAhead()) return;
    this.wire.pause();
    if (this.#state === ACTIVE) this.exchange.readingPaused();
  }

  /** The request under way is complete: what comes next is kept, within limits. */
  readAhead(): void {
    if (this.#mayReadAhead()) this.wire.resume();
  }

  #mayReadAhead(): boolean {
    return this.#reader.early.length < this.exchange.readAheadBytes;
  }

  /** Hands over what came early: it belongs to the protocol upgraded to. */
  takeEarly(): Buffer {
    return this.#reader.early.take();
  }

  // ── the client's pace ───────────────────────────────────────────────────────────────────────────────────────────

  writeText(text: string): boolean {
    this.server.engine.stats.clientBytesWritten += text.length;
    return this.wire.writeText(text);
  }

  #timeUp(): void {
    if (!this.wire.isSettled) {
      // It took something: another while. It took nothing: it is cut off, and can see that it has not got all.
      if (this.pace.hasTaken) this.pace.waitToTake();
      else if (this.#state === ACTIVE) this.exchange.clientStalled(false);
      else this.reset();
      return;
    }
    switch (this.#state) {
      case IDLE:
        this.linger();
        return;
      case HEAD:
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
    this.#reader.early.clear();
    this.wire.end();
    if (!this.hasEnded) this.wire.resume();
    this.#waitForClose();
  }

  #waitForClose(): void {
    if (!this.wire.isSettled) this.pace.waitToTake();
    else this.pace.waitForClose();
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
    this.pace.dispose();
  }

  /** The tunnel that took the wire over has ended. */
  tunnelEnded(): void {
    this.#age?.dispose();
    this.server.forget(this);
  }

  #gone(): void {
    if (this.#state === GONE) return;
    this.#state = GONE;
    this.#reader.early.clear();
    this.pace.dispose();
    this.#age?.dispose();
    this.exchange.dispose();
    this.server.forget(this);
  }
}
