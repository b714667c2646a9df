/** One request of a client connection and its answer; the same object serves all requests of the connection. */
import type { FailureCode } from '@rouse/contract';
import { type AttemptFault, Exchange, type Outcome } from '../exchange.ts';
import type { Pod } from '../pod.ts';
import { WheelTimer } from '../timer-wheel.ts';
import { BodyRelay } from './body-relay.ts';
import type { ChunkOptions } from './chunks.ts';
import { DepartureWatch } from './departure.ts';
import type { ClientConnection } from './downstream.ts';
import { dateLine } from './http-date.ts';
import { latin1 } from './latin1.ts';
import { PREFIX_BYTES } from './limits.ts';
import { ALLOW, failureAnswer, type OwnAnswer, ownAnswerText } from './own-answer.ts';
import { PodRequest } from './pod-request.ts';
import type { PodConnections } from './pool.ts';
import type { RequestHead } from './request-head.ts';
import type { ResponseHead } from './response-head.ts';
import { retainedField } from './retained-field.ts';
import { allowedUpgrades, serializeRequest } from './serialize-request.ts';
import { type ResponseFraming, serializeResponse } from './serialize-response.ts';
import { Tunnel } from './tunnel.ts';
import type { PodConnection } from './upstream.ts';
import type { Wire } from './wire.ts';

/** A client that sent FIN after a whole request mostly waits for the answer; it is asked only where that takes long. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const HALF_CLOSE_PATIENCE_MS = 1_000;
const DEPARTURE_MS = 5_000;

const FRAMED: ChunkOptions = { framing: true, trusted: true };
const UNFRAMED: ChunkOptions = { framing: false, trusted: true };
const FROM_TRUSTED: ChunkOptions = { framing: true, trusted: true };
const FROM_UNTRUSTED: ChunkOptions = { framing: true, trusted: false };

export class Http1Exchange extends Exchange {
  readonly connection: ClientConnection;
  readonly wire: Wire;
  /** Methods that may be sent again when nothing came back (RFC 9110 9.2.2). */
  isIdempotent = false;
  /** A byte of a response came on the attempt under way. */
  hasResponseBytes = false;
  // Links of the queue for a connection to a pod, and that pod's connections while it stands in it.
  nextWaiting: Http1Exchange | null = null;
  previousWaiting: Http1Exchange | null = null;
  waitsAt: PodConnections | null = null;
  readonly #body: BodyRelay;
  readonly #podTimer: WheelTimer;
  #wholeTimer: WheelTimer | null = null;
  #departure: DepartureWatch | null = null;
  #upstream: PodConnection | null = null;
  #tunnel: Tunnel | null = null;
  /** The head, while it is the one just parsed. */
  #head: RequestHead | null = null;
  #headText = '';
  readonly #request = new PodRequest();
  #isHeld = false;
  #hasResponded = false;
  #isCloseDelimited = false;
  #isHttp10 = false;
  #expectsContinue = false;
  /** The client may wait for a 100 before it sends its body: the pod's to give, so that the client is not stalling. */
  #awaitsContinue = false;
  #upgrades = '';
  #closes = false;
  #heldAtMs = 0;
  #waitedMs = 0;

  constructor(connection: ClientConnection) {
    super();
    this.connection = connection;
    this.wire = connection.wire;
    const { engine } = connection.server;
    this.#body = new BodyRelay(engine.limits);
    this.#podTimer = new WheelTimer(() => this.#podTimeUp());
  }

  /** All of the request has been read from the client (and is on its way). */
  get isRequestSent(): boolean {
    return this.#body.isComplete;
  }

  /** How much may be read beyond this request; little while it waits, since many may wait. */
  get readAheadBytes(): number {
    return this.#isHeld ? PREFIX_BYTES : this.connection.server.engine.limits.readAheadBytes;
  }

  get responseChunks(): ChunkOptions {
    return this.#isHttp10 ? UNFRAMED : FRAMED;
  }

  // ── the request ─────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Takes a parsed head, and what is there of its body from `bytes[headEnd, end)`.
   * @returns the place after what it took, or -1 where the body is malformed (then it has answered)
   */
  begin(head: RequestHead, bytes: Buffer, headEnd: number, end: number, headBytes: number): number {
    const { connection } = this;
    const { engine, path, isDraining } = connection.server;
    this.#head = head;
    this.#headText = head.text;
    this.method = head.method;
    this.host = head.hostName;
    this.path = head.path;
    this.isIdempotent = IDEMPOTENT.has(head.method);
    this.hasResponseBytes = false;
    this.#request.reset();
    this.#isHeld = false;
    this.#hasResponded = false;
    this.#isCloseDelimited = false;
    this.#isHttp10 = head.isHttp10;
    this.#expectsContinue = head.expectsContinue;
    this.#closes = isDraining || (head.isHttp10 ? !head.connection.keepAlive : head.connection.close);
    this.#waitedMs = 0;
    this.status = 0;
    this.#upgrades = '';
    const chunks = connection.origin.trusted ? FROM_TRUSTED : FROM_UNTRUSTED;
    if (head.isChunked) this.#body.begin('chunked', 0, chunks);
    else this.#body.begin(head.contentLength > 0 ? 'length' : 'none', head.contentLength, chunks);
    if (head.upgrades !== '' && head.connection.upgrade && !head.isHttp10 && this.#body.isComplete) {
      this.#upgrades = allowedUpgrades(head.upgrades, connection.server.upgrades);
    }
    connection.activate();
    let at = headEnd;
    if (!this.#body.isComplete) {
      at = this.#body.toText(bytes, headEnd, end);
      if (at < 0) {
        engine.stats.requestsMalformed++;
        this.#endsHere(failureAnswer('bad-request', undefined, undefined));
        return -1;
      }
      this.#request.prefix = this.#body.asText;
    }
    this.#awaitsContinue = head.expectsContinue && !this.#body.isComplete && at === headEnd;
    engine.stats.requests++;
    if (head.via !== '' && passedBy(head.via, engine.viaName)) {
      this.#endsHere(failureAnswer('loop', undefined, this.field('accept')));
    } else if (head.maxForwards === 0 && head.method === 'OPTIONS') {
      // RFC 9110 7.6.2: it was meant for the hop that finds 0.
      this.#endsHere({ status: 204, contentType: '', body: '', fields: ALLOW, closes: false });
    } else {
      this.bufferedBytes = headBytes + this.#request.prefix.length;
      this.arrivedMs = engine.clock.nowMs();
      path.arrive(this);
      if (!this.#request.isPrepared && this.status === 0) this.#prepare();
    }
    this.#head = null;
    return at;
  }

  override field(name: string): string | undefined {
    return this.#head !== null ? this.#head.field(name) : retainedField(this.#headText, name);
  }

  /** Writes the head anew while its places are known; nothing refers to the read memory after. */
  #prepare(): void {
    const head = this.#head!;
    this.#request.prepare(serializeRequest(head, this.connection.origin, this.#upgrades));
  }

  override hold(): void {
    const { engine } = this.connection.server;
    if (!this.#request.isPrepared) this.#prepare();
    if (!this.#isHeld) this.#heldAtMs = engine.clock.nowMs();
    this.#isHeld = true;
    this.connection.clearStall();
    engine.wheel.clear(this.#podTimer);
    this.#armWhole();
    if (!this.#body.isComplete) this.wire.pause();
    // In a turn of its own: the request path is in the middle of putting it into its queue.
    if (this.connection.hasEnded) engine.wheel.set(this.#podTimer, 0);
    else if (!this.wire.reading) this.readingPaused();
  }

  /** Where a held request's client cannot be read from, it has to be asked whether it is there. */
  readingPaused(): void {
    if (this.#isHeld && this.#mayBeAsked) this.#watchDeparture(DEPARTURE_MS);
  }

  override send(pod: Pod): void {
    const { engine } = this.connection.server;
    if (!this.#request.isPrepared) this.#prepare();
    if (this.#isHeld) {
      this.#isHeld = false;
      this.#waitedMs += engine.clock.nowMs() - this.#heldAtMs;
      if (!this.connection.hasEnded) this.#departure?.stop();
    }
    this.hasResponseBytes = false;
    this.#request.isSent = false;
    if (this.#body.isComplete) this.connection.readAhead();
    else this.wire.pause();
    this.#armPodTimer();
    this.#armWhole();
    pod.connections.acquire(this);
  }

  /** A connection is there: writes what there is of the request. */
  attach(upstream: PodConnection): void {
    this.#upstream = upstream;
    const settled = upstream.wire.writeText(this.#request.send(this.isIdempotent));
    if (!this.#body.isComplete && settled) this.podDrained();
  }

  /** The pod took all there was of the request: more of it may be read. */
  podDrained(): void {
    if (this.#body.isComplete) return;
    this.wire.resume();
    this.#waitForBody();
  }

  #waitForBody(): void {
    if (this.#awaitsContinue) this.connection.clearStall();
    else this.connection.waitForClientToSend();
  }

  /** Passes on `bytes[0, length)` of the request's body. @returns the place after what belongs to it */
  relayBody(bytes: Buffer, length: number): number {
    const body = this.#body;
    const upstream = this.#upstream;
    this.#awaitsContinue = false;
    if (upstream === null) return this.#keepBody(bytes, length);
    const at = body.toWire(this.wire, upstream.wire, bytes, 0, length);
    if (at < 0) {
      this.connection.server.engine.stats.requestsMalformed++;
      this.#giveUp('bad-request');
      return length;
    }
    this.#request.sentMore(bytes, at, body.kind !== 'length');
    this.#armPodTimer();
    if (body.isComplete) {
      this.wire.shareBytes(upstream.wire.isSettled);
      if (this.wire.isSettled) this.connection.clearStall();
    } else if (body.isSettled) this.connection.waitForClientToSend();
    else {
      this.wire.pause();
      this.connection.clearStall();
    }
    return at;
  }

  /** Read before the pause took hold: it waits with the rest. */
  #keepBody(bytes: Buffer, length: number): number {
    const at = this.#body.toText(bytes, 0, length);
    if (at < 0) {
      this.#giveUp('bad-request');
      return length;
    }
    this.#request.append(this.#body.asText);
    this.wire.pause();
    return at;
  }

  /** The attempt is over without a whole response; the connection or its place in the queue is gone. */
  attemptFailed(fault: AttemptFault): void {
    const { engine, path } = this.connection.server;
    this.#upstream = null;
    engine.wheel.clear(this.#podTimer);
    if (this.#hasResponded) {
      this.#cut();
      return;
    }
    if (!this.#body.isComplete) {
      this.wire.pause();
      this.wire.shareBytes(false);
      this.connection.clearStall();
    }
    path.failed(this, fault, this.#request.resend(this.hasResponseBytes));
  }

  // ── the response ────────────────────────────────────────────────────────────────────────────────────────────────

  /** A 1xx response other than 101. */
  interim(head: ResponseHead): void {
    // RFC 9110 15.2: HTTP/1.0 has none.
    if (this.#isHttp10) return;
    this.connection.writeText(serializeResponse(head, 'none', false, ''));
    if (head.status !== 100 || !this.#awaitsContinue) return;
    this.#awaitsContinue = false;
    if (this.wire.reading) this.connection.waitForClientToSend();
  }

  /** The final response begins. @returns its head as the client gets it */
  respond(head: ResponseHead, body: BodyRelay): string {
    const { engine, path, isDraining } = this.connection.server;
    this.#hasResponded = true;
    this.#request.forget();
    this.status = head.status;
    if (this.connection.hasEnded) this.#listenForDeparture();
    else this.#departure?.stop();
    this.#armIdle();
    path.responded(this);
    let framing: ResponseFraming = body.kind;
    if (framing === 'chunked' && this.#isHttp10) framing = 'close';
    this.#isCloseDelimited = framing === 'close';
    // An answer that is complete before the request ends the connection: what is left of the body is not wanted.
    if (framing === 'close' || isDraining || (body.isComplete && !this.#body.isComplete)) this.#closes = true;
    let added = head.isHttp10 ? `Via: 1.0 ${engine.viaName}\r\n` : `Via: 1.1 ${engine.viaName}\r\n`;
    if (!head.hasDate) added += dateLine(engine.clock);
    if (this.#waitedMs > 0) added += `Server-Timing: rouse-wake;dur=${this.#waitedMs.toFixed(1)}\r\n`;
    const keepsLength = framing === 'none' && head.status !== 204;
    const text = serializeResponse(head, framing, keepsLength, added + this.#connectionLine());
    engine.stats.clientBytesWritten += text.length;
    return text;
  }

  /** So many bytes of the response's body were passed on. */
  responseProgress(bytes: number): void {
    this.connection.server.engine.stats.clientBytesWritten += bytes;
    this.#armIdle();
  }

  waitsForClientToTake(): void {
    this.connection.waitForClientToTake();
  }

  responseComplete(): void {
    this.#upstream = null;
    const closes = this.#closes || !this.#body.isComplete;
    this.#finish('answered');
    this.connection.exchangeEnded(closes);
  }

  /**
   * The pod switches protocols.
   * @param bytes what follows the head in `bytes[headEnd, end)` is of the new protocol
   * @returns false where that was not asked for
   */
  upgrade(upstream: PodConnection, head: ResponseHead, bytes: Buffer, headEnd: number, end: number): boolean {
    const { connection } = this;
    const { engine, path } = connection.server;
    if (head.isHttp10 || head.upgrade === '' || !this.#upgrades.split(', ').includes(head.upgrade)) return false;
    this.#hasResponded = true;
    this.status = 101;
    this.#departure?.stop();
    engine.wheel.clear(this.#podTimer);
    path.responded(this);
    const added = `Via: 1.1 ${engine.viaName}\r\nConnection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n`;
    connection.writeText(serializeResponse(head, 'none', false, added) + latin1(bytes, headEnd, end));
    const early = connection.takeEarly();
    connection.detach();
    upstream.detach();
    this.#upstream = null;
    upstream.pool.tunnelBegan();
    engine.stats.tunnels++;
    this.#tunnel = new Tunnel(engine, this.wire, upstream.wire, this.workload?.limits.idleTimeoutMs ?? 0, () => {
      this.#tunnel = null;
      engine.stats.tunnels--;
      upstream.pool.tunnelEnded();
      connection.server.forget(connection);
      this.#finish('answered');
    });
    this.#tunnel.begin(early, connection.hasEnded);
    return true;
  }

  // ── the proxy's own answers ─────────────────────────────────────────────────────────────────────────────────────

  override refuse(code: string, detail?: string): void {
    this.#endWith(failureAnswer(code, detail, this.field('accept')));
  }

  override reply(status: number, contentType: string, body: string, fields = ''): void {
    this.#endWith({ status, contentType, body, fields, closes: false });
  }

  override abort(): void {
    this.#dropUpstream();
    if (this.#tunnel !== null) {
      this.#tunnel.destroy();
      return;
    }
    if (this.#hasResponded) this.#cut();
    else {
      this.connection.destroy();
      this.#finish('refused');
    }
  }

  /** Before the request path knows of it. */
  #endsHere(answer: OwnAnswer): void {
    this.#writeAnswer(answer);
    this.connection.exchangeEnded(this.#closes);
  }

  #endWith(answer: OwnAnswer): void {
    this.#dropUpstream();
    if (this.#hasResponded) {
      this.#cut();
      return;
    }
    this.#writeAnswer(answer);
    this.#finish('refused');
    this.connection.exchangeEnded(this.#closes);
  }

  /** Something made the exchange fail that is not the pod's fault. */
  #giveUp(code: FailureCode): void {
    this.#endWith(failureAnswer(code, undefined, this.field('accept')));
  }

  #writeAnswer(answer: OwnAnswer): void {
    const { server } = this.connection;
    this.#hasResponded = true;
    this.status = answer.status;
    if (answer.closes || server.isDraining || !this.#body.isComplete) this.#closes = true;
    const lines = dateLine(server.engine.clock) + this.#connectionLine();
    this.connection.writeText(ownAnswerText(answer, lines, this.method === 'HEAD'));
  }

  #connectionLine(): string {
    if (this.#closes) return 'Connection: close\r\n';
    return this.#isHttp10 ? 'Connection: keep-alive\r\n' : '';
  }

  // ── the client ──────────────────────────────────────────────────────────────────────────────────────────────────

  clientEnded(): void {
    // The rest of the body will not come; or nothing but FIN can tell of a departure (see `departure.ts`).
    if (!this.#body.isComplete || (this.#isHeld && !this.#mayBeAsked)) {
      this.connection.destroy();
      this.clientGone();
    } else if (!this.#hasResponded && this.#mayBeAsked) {
      this.#watchDeparture(this.#isHeld ? 0 : HALF_CLOSE_PATIENCE_MS);
    } else this.#listenForDeparture();
  }

  clientDrained(): void {
    this.#upstream?.wire.resume();
    if (this.#body.isComplete || !this.wire.reading) this.connection.clearStall();
    else this.#waitForBody();
  }

  clientGone(): void {
    this.#dropUpstream();
    this.#finish('client-gone');
  }

  /** @param sending it should send, else it should take */
  clientStalled(sending: boolean): void {
    if (sending && !this.#hasResponded) this.#giveUp('client-stalled');
    else {
      this.connection.reset();
      this.clientGone();
    }
  }

  get #mayBeAsked(): boolean {
    return !this.#isHttp10 && !this.#expectsContinue;
  }

  #watchDeparture(delayMs: number): void {
    this.#departure ??= new DepartureWatch(this.wire, this.connection.server.engine.wheel);
    this.#departure.start(delayMs);
  }

  #listenForDeparture(): void {
    this.#departure ??= new DepartureWatch(this.wire, this.connection.server.engine.wheel);
    this.#departure.listen();
  }

  // ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** To the final response's first byte, from the last byte sent to the pod; an upgrade may take as long as it likes. */
  #armPodTimer(): void {
    if (this.#hasResponded) {
      this.#armIdle();
      return;
    }
    const timeoutMs = this.workload?.limits.responseTimeoutMs ?? 0;
    if (timeoutMs > 0 && this.#upgrades === '') this.connection.server.engine.wheel.set(this.#podTimer, timeoutMs);
  }

  #armIdle(): void {
    const { wheel } = this.connection.server.engine;
    const timeoutMs = this.workload?.limits.idleTimeoutMs ?? 0;
    if (timeoutMs > 0) wheel.set(this.#podTimer, timeoutMs);
    else wheel.clear(this.#podTimer);
  }

  #armWhole(): void {
    const timeoutMs = this.workload?.limits.requestTimeoutMs ?? 0;
    if (timeoutMs <= 0 || this.#wholeTimer?.isSet === true) return;
    const { wheel, clock } = this.connection.server.engine;
    this.#wholeTimer ??= new WheelTimer(() => this.#giveUp('request-timeout'));
    wheel.set(this.#wholeTimer, Math.max(0, timeoutMs - (clock.nowMs() - this.arrivedMs)));
  }

  #podTimeUp(): void {
    if (this.#isHeld) {
      this.clientEnded();
      return;
    }
    this.#dropUpstream();
    if (this.#hasResponded) this.#cut();
    else this.connection.server.path.failed(this, 'response-timeout', 'never');
  }

  // ── ending ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The response stays incomplete, and the client can see it. */
  #cut(): void {
    // Without RST the end of the connection would look like the end of the body.
    if (this.#isCloseDelimited) this.connection.reset();
    else this.connection.destroy();
    this.#finish('cut');
  }

  #dropUpstream(): void {
    if (this.waitsAt !== null) this.waitsAt.cancel(this);
    const upstream = this.#upstream;
    this.#upstream = null;
    upstream?.destroy();
  }

  #finish(outcome: Outcome): void {
    const { engine, path } = this.connection.server;
    engine.wheel.clear(this.#podTimer);
    if (this.#wholeTimer !== null) engine.wheel.clear(this.#wholeTimer);
    this.#departure?.stop();
    this.#isHeld = false;
    this.#request.forget();
    this.#headText = '';
    path.ended(this, outcome);
  }

  /** The connection is closed for good: nothing of it may stay in the wheel. */
  dispose(): void {
    const { wheel } = this.connection.server.engine;
    wheel.remove(this.#podTimer);
    if (this.#wholeTimer !== null) wheel.remove(this.#wholeTimer);
    this.#departure?.stop();
  }
}

/** True where `name` is the received-by of an entry of a Via list (RFC 9110 7.6.3). */
function passedBy(via: string, name: string): boolean {
  return via.includes(name) && via.split(',').some((entry) => entry.trim().split(/[ \t]+/)[1] === name);
}
