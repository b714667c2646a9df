/** One request of a client connection and its answer; the same object serves all requests of the connection. */
import type { AttemptFault } from '../exchange.ts';
import type { Pod } from '../pod.ts';
import type { BodyRelay } from './body-relay.ts';
import { type ChunkOptions, TOO_LARGE } from './chunks.ts';
import { connectionLine, finalHead, interimHead, switchingHead } from './client-heads.ts';
import { isEventStream } from './event-stream.ts';
import { ExchangeEnds } from './exchange-ends.ts';
import { latin1 } from './latin1.ts';
import { ALLOW, failureAnswer } from './own-answer.ts';
import type { PodConnections } from './pool.ts';
import type { RequestHead } from './request-head.ts';
import type { ResponseHead } from './response-head.ts';
import { Tunnel } from './tunnel.ts';
import type { PodConnection } from './upstream.ts';
import { passedBy } from './via.ts';

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** So often a client that cannot be read from is asked whether it is there. */
const DEPARTURE_MS = 5_000;

const FRAMED: ChunkOptions = { framing: true, trusted: true };
const UNFRAMED: ChunkOptions = { framing: false, trusted: true };

export class Http1Exchange extends ExchangeEnds {
  /** Methods that may be sent again when nothing came back (RFC 9110 9.2.2). */
  isIdempotent = false;
  /** A byte of a response came on the attempt under way. */
  hasResponseBytes = false;
  // Links of the queue for a connection to a pod, and that pod's connections while it stands in it.
  nextWaiting: Http1Exchange | null = null;
  previousWaiting: Http1Exchange | null = null;
  waitsAt: PodConnections | null = null;
  /** Where the attempt before was lost on a connection. */
  lostAt: PodConnections | null = null;
  /** The client asked for the connection to be closed after it. */
  #isOnly = false;
  #heldAtMs = 0;
  #waitedMs = 0;

  /** All of the request has been read from the client (and is on its way). */
  get isRequestSent(): boolean {
    return this.request.isComplete;
  }

  /** Nothing follows from the client by its own word, and the answer does not end with the connection. */
  get isLast(): boolean {
    return this.#isOnly && this.request.isComplete && !this.isCloseDelimited;
  }

  /** How much may be read beyond this request: while it waits, since many may wait, no more than came with one read. */
  get readAheadBytes(): number {
    return this.isHeld ? 0 : this.connection.server.engine.limits.readAheadBytes;
  }

  get responseChunks(): ChunkOptions {
    return this.request.isHttp10 ? UNFRAMED : FRAMED;
  }

  // ── the request ─────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Takes a parsed head, and what is there of its body from `bytes[headEnd, end)`.
   * @returns the place after what it took, or -1 where the body is malformed (then it has answered)
   */
  begin(head: RequestHead, bytes: Buffer, headEnd: number, end: number, headBytes: number): number {
    const { connection } = this;
    const { engine, path, upgrades, requestIds } = connection.server;
    const request = this.request;
    this.method = head.method;
    this.host = head.hostName;
    this.path = head.path;
    this.target = head.target;
    this.isIdempotent = IDEMPOTENT.has(head.method);
    this.hasResponseBytes = false;
    this.lostAt = null;
    this.isHeld = false;
    this.hasResponded = false;
    this.isCloseDelimited = false;
    this.#isOnly = !head.connection.persists(head.isHttp10);
    this.closes = connection.isEnding || this.#isOnly;
    this.isEventStream = false;
    this.#waitedMs = 0;
    this.status = 0;
    this.failureCode = '';
    this.requestId = requestIds === null ? '' : requestIds.of(head, connection.origin.trusted);
    this.record?.began();
    connection.activate();
    const at = request.begin(head, bytes, headEnd, end, connection.origin, upgrades);
    this.requestBytes = headBytes + Math.max(at - headEnd, 0);
    if (at < 0) {
      engine.stats.requestsMalformed++;
      this.failureCode = 'bad-request';
      this.endsHere(failureAnswer('bad-request', undefined, undefined, this.requestId));
    } else {
      engine.stats.requests++;
      if (head.via !== '' && passedBy(head.via, engine.viaName)) {
        this.failureCode = 'loop';
        this.endsHere(failureAnswer('loop', undefined, this.field('accept'), this.requestId));
      } else if (head.maxForwards === 0 && head.method === 'OPTIONS') {
        // RFC 9110 7.6.2: it was meant for the hop that finds 0.
        this.endsHere({ status: 204, contentType: '', body: '', fields: ALLOW, closes: false });
      } else {
        this.bufferedBytes = headBytes + request.prefixBytes + end - at;
        this.bodyBytes = request.bodyBytes;
        this.arrivedMs = engine.clock.nowMs();
        path.arrive(this);
      }
    }
    request.headUsed();
    return at;
  }

  override field(name: string): string | undefined {
    return this.request.field(name);
  }

  override hold(): void {
    const { connection } = this;
    this.request.prepare(connection.origin, this.requestId);
    if (!this.isHeld) this.#heldAtMs = connection.server.engine.clock.nowMs();
    this.isHeld = true;
    connection.pace.clear();
    this.timers.podIsDone();
    this.timers.startWhole(this.workload?.limits, this.arrivedMs);
    if (!this.request.isComplete) {
      this.request.limitBody(this.workload?.limits.maxBodyBytes ?? 0);
      this.wire.pause();
    }
    // The request path is in the middle of putting it into its queue.
    if (connection.hasEnded) this.timers.soon();
    else if (!this.wire.reading) this.readingPaused();
  }

  /** Where a held request's client cannot be read from, it has to be asked whether it is there. */
  readingPaused(): void {
    if (this.isHeld && this.mayBeAsked) this.departure.ask(DEPARTURE_MS);
  }

  override send(pod: Pod): void {
    const { connection } = this;
    this.request.prepare(connection.origin, this.requestId);
    if (this.isHeld) {
      this.isHeld = false;
      this.#waitedMs += connection.server.engine.clock.nowMs() - this.#heldAtMs;
      if (!connection.hasEnded) this.departure.stop();
    }
    this.hasResponseBytes = false;
    this.record?.sent(pod);
    this.request.attempt();
    if (this.request.isComplete) connection.readAhead();
    else {
      this.request.limitBody(this.workload?.limits.maxBodyBytes ?? 0);
      this.wire.pause();
    }
    this.#waitForPod();
    this.timers.startWhole(this.workload?.limits, this.arrivedMs);
    pod.connections.acquire(this);
  }

  /** A connection is there: writes what there is of the request. */
  attach(upstream: PodConnection): void {
    this.upstream = upstream;
    const settled = upstream.wire.writeText(this.request.send(this.isIdempotent));
    if (!this.request.isComplete && settled) this.podDrained();
  }

  /** The pod took all there was of the request: more of it may be read. */
  podDrained(): void {
    if (this.request.isComplete) return;
    this.wire.resume();
    this.waitForBody();
  }

  /** Takes `bytes[0, length)`, in which the request's body goes on. @returns the place after what belongs to it */
  relayBody(bytes: Buffer, length: number): number {
    const { connection } = this;
    const request = this.request;
    const upstream = this.upstream;
    const at = upstream === null ? request.keep(bytes, length) : request.relay(this.wire, upstream.wire, bytes, length);
    if (at < 0) {
      if (at !== TOO_LARGE) connection.server.engine.stats.requestsMalformed++;
      this.refuse(at === TOO_LARGE ? 'body-too-large' : 'bad-request');
      return length;
    }
    this.requestBytes += at;
    if (upstream === null) {
      // Read before the pause took hold: it waits with the rest.
      this.wire.pause();
      return at;
    }
    this.#waitForPod();
    if (request.isComplete) {
      this.wire.shareBytes(upstream.wire.isSettled);
      if (this.wire.isSettled) connection.pace.clear();
    } else if (request.isSettled) connection.pace.waitToSend();
    else {
      this.wire.pause();
      connection.pace.clear();
    }
    return at;
  }

  /** The attempt is over without a whole response; the connection or its place in the queue is gone. */
  attemptFailed(fault: AttemptFault): void {
    if (this.upstream !== null) this.lostAt = this.upstream.pool;
    this.upstream = null;
    this.timers.podIsDone();
    if (this.hasResponded) {
      this.cut();
      return;
    }
    if (!this.request.isComplete) {
      this.wire.pause();
      this.wire.shareBytes(false);
      this.connection.pace.clear();
    }
    this.connection.server.path.failed(this, fault, this.request.resend(this.hasResponseBytes));
  }

  // ── the response ────────────────────────────────────────────────────────────────────────────────────────────────

  /** A 1xx response other than 101. */
  interim(head: ResponseHead): void {
    const request = this.request;
    // RFC 9110 15.2: HTTP/1.0 has none.
    if (request.isHttp10) return;
    this.connection.writeText(interimHead(head));
    if (head.status !== 100 || !request.awaitsContinue) return;
    request.awaitsContinue = false;
    if (this.wire.reading) this.connection.pace.waitToSend();
  }

  /** The final response begins. @returns its head as the client gets it */
  respond(head: ResponseHead, body: BodyRelay): string {
    const { engine, path } = this.connection.server;
    const { isComplete, isHttp10 } = this.request;
    this.hasResponded = true;
    this.record?.responded();
    this.request.forgetCopy();
    this.status = head.status;
    if (this.connection.hasEnded) this.departure.listen();
    else this.departure.stop();
    this.timers.waitForProgress(this.workload?.limits);
    path.responded(this);
    const framing = body.kind === 'chunked' && isHttp10 ? 'close' : body.kind;
    this.isCloseDelimited = framing === 'close';
    this.isEventStream = isEventStream(head, body);
    // An answer that is complete before the request ends the connection: what is left of the body is not wanted.
    if (framing === 'close' || this.connection.isEnding || (body.isComplete && !isComplete)) this.closes = true;
    const text = finalHead(engine, head, framing, this.#waitedMs, connectionLine(this.closes, isHttp10));
    engine.stats.clientBytesWritten += text.length;
    return text;
  }

  /** So many bytes of the response's body were passed on. */
  responseProgress(bytes: number): void {
    this.connection.server.engine.stats.clientBytesWritten += bytes;
    this.timers.waitForProgress(this.workload?.limits);
  }

  waitsForClientToTake(): void {
    this.connection.pace.waitToTake();
  }

  responseComplete(): void {
    this.upstream = null;
    const closes = this.closes || !this.request.isComplete;
    this.finish('answered');
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
    if (head.isHttp10 || head.upgrade === '' || !this.request.upgrades.split(', ').includes(head.upgrade)) {
      return false;
    }
    this.hasResponded = true;
    this.record?.responded();
    this.status = 101;
    this.departure.stop();
    this.timers.podIsDone();
    path.responded(this);
    connection.writeText(switchingHead(engine, head) + latin1(bytes, headEnd, end));
    const early = connection.takeEarly();
    connection.detach();
    upstream.detach();
    this.upstream = null;
    upstream.pool.tunnelBegan();
    engine.stats.tunnels++;
    this.tunnel = new Tunnel(engine, this.wire, upstream.wire, this.workload?.limits.idleTimeoutMs ?? 0, () => {
      this.tunnel = null;
      engine.stats.tunnels--;
      upstream.pool.tunnelEnded();
      connection.tunnelEnded();
      this.finish(this.tunnelOutcome);
    });
    this.tunnel.begin(early, connection.hasEnded);
    return true;
  }

  /** For its answer, from the last byte sent to it; an upgrade may take as long as it likes. */
  #waitForPod(): void {
    if (this.hasResponded) this.timers.waitForProgress(this.workload?.limits);
    else if (this.request.upgrades === '') this.timers.waitForResponse(this.workload?.limits);
  }

  protected override dropUpstream(): void {
    if (this.waitsAt !== null) this.waitsAt.cancel(this);
    const upstream = this.upstream;
    this.upstream = null;
    upstream?.destroy();
  }
}
