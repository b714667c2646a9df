/** How an exchange ends: answered by the proxy itself, left by its client, out of time, or cut. */
import { Exchange, type Outcome } from '../exchange.ts';
import { answerText, connectionLine } from './client-heads.ts';
import { DepartureWatch } from './departure.ts';
import type { ClientConnection } from './downstream.ts';
import { ExchangeRecord } from './exchange-record.ts';
import { ExchangeTimers } from './exchange-timers.ts';
import { failureAnswer, type OwnAnswer, requestIdLine } from './own-answer.ts';
import { RequestSide } from './request-side.ts';
import type { Tunnel } from './tunnel.ts';
import type { PodConnection } from './upstream.ts';
import type { Wire } from './wire.ts';

/** A client that sent FIN after a whole request mostly waits for the answer; it is asked only where that takes long. */
const HALF_CLOSE_PATIENCE_MS = 1_000;

/** The half of an HTTP/1.1 exchange that `http1-exchange.ts` builds on. */
export abstract class ExchangeEnds extends Exchange {
  readonly connection: ClientConnection;
  readonly wire: Wire;
  protected readonly request: RequestSide;
  protected readonly timers: ExchangeTimers;
  protected readonly departure: DepartureWatch;
  /** Null where there is no access log. */
  protected readonly record: ExchangeRecord | null;
  /** Bytes of the request read by now, its head included. */
  protected requestBytes = 0;
  protected upstream: PodConnection | null = null;
  protected tunnel: Tunnel | null = null;
  /** Empty where requests get none. */
  protected requestId = '';
  protected isHeld = false;
  protected hasResponded = false;
  protected isCloseDelimited = false;
  protected isEventStream = false;
  /** The connection ends with this answer. */
  protected closes = false;
  /** How the tunnel will have ended. */
  protected tunnelOutcome: Outcome = 'answered';

  constructor(connection: ClientConnection) {
    super();
    this.connection = connection;
    this.wire = connection.wire;
    const { engine, accessLog } = connection.server;
    this.record = accessLog === null ? null : new ExchangeRecord(accessLog, engine, this.wire, connection.origin);
    this.request = new RequestSide(engine.limits);
    this.timers = new ExchangeTimers(
      engine,
      () => this.#podTimeUp(),
      () => this.refuse('request-timeout'),
    );
    this.departure = new DepartureWatch(this.wire, engine.wheel);
  }

  /** Gives up the connection to the pod, or the place in the queue for one. */
  protected abstract dropUpstream(): void;

  // ── the proxy's own answers ─────────────────────────────────────────────────────────────────────────────────────

  override refuse(code: string, detail?: string): void {
    if (!this.hasResponded) this.failureCode = code;
    this.#endWith(failureAnswer(code, detail, this.field('accept'), this.requestId));
  }

  override reply(status: number, contentType: string, body: string, fields = ''): void {
    this.#endWith({ status, contentType, body, fields, closes: false });
  }

  override abort(): void {
    this.dropUpstream();
    if (this.tunnel !== null) {
      this.tunnel.destroy();
      return;
    }
    if (this.hasResponded) this.cut();
    else {
      this.connection.destroy();
      this.finish('refused');
    }
  }

  /** Before the request path knows of it. */
  protected endsHere(answer: OwnAnswer): void {
    this.#writeAnswer(answer);
    if (this.record !== null) this.#log(this.record, 'refused', false);
    this.connection.exchangeEnded(this.closes);
  }

  #endWith(answer: OwnAnswer): void {
    this.dropUpstream();
    if (this.hasResponded) {
      this.cut();
      return;
    }
    this.#writeAnswer(answer);
    this.finish('refused');
    this.connection.exchangeEnded(this.closes);
  }

  #writeAnswer(answer: OwnAnswer): void {
    const { server } = this.connection;
    this.hasResponded = true;
    this.record?.responded();
    this.status = answer.status;
    if (answer.closes || this.connection.isEnding || !this.request.isComplete) this.closes = true;
    const line = connectionLine(this.closes, this.request.isHttp10) + requestIdLine(this.requestId);
    this.connection.writeText(answerText(server.engine, answer, line, this.method));
  }

  // ── the client ──────────────────────────────────────────────────────────────────────────────────────────────────

  clientEnded(): void {
    // The rest of the body will not come; or nothing but FIN can tell of a departure in time (see `departure.ts`).
    if (!this.request.isComplete || (this.isHeld && !this.mayBeAsked) || this.isEventStream) {
      this.connection.destroy();
      this.clientGone();
    } else if (!this.hasResponded && this.mayBeAsked) {
      this.departure.ask(this.isHeld ? 0 : HALF_CLOSE_PATIENCE_MS);
    } else this.departure.listen();
  }

  clientDrained(): void {
    this.upstream?.wire.resume();
    if (this.request.isComplete || !this.wire.reading) this.connection.pace.clear();
    else this.waitForBody();
  }

  /** The request's body goes on: its next byte is the client's to send. */
  protected waitForBody(): void {
    if (this.request.awaitsContinue) this.connection.pace.clear();
    else this.connection.pace.waitToSend();
  }

  clientGone(): void {
    this.dropUpstream();
    this.finish('client-gone');
  }

  /** @param sending it should send, else it should take */
  clientStalled(sending: boolean): void {
    if (sending && !this.hasResponded) this.refuse('client-stalled');
    else {
      this.connection.reset();
      this.clientGone();
    }
  }

  protected get mayBeAsked(): boolean {
    return !this.request.isHttp10 && !this.request.expectsContinue;
  }

  #podTimeUp(): void {
    if (this.isHeld) {
      this.clientEnded();
      return;
    }
    this.dropUpstream();
    if (this.hasResponded) this.cut();
    else this.connection.server.path.failed(this, 'response-timeout', 'never');
  }

  // ── ending ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The response stays incomplete, and the client can see it. */
  protected cut(): void {
    if (this.tunnel !== null) {
      // It is over once both sides are.
      this.tunnelOutcome = 'cut';
      this.tunnel.destroy();
      return;
    }
    // Without RST the end of the connection would look like the end of the body.
    if (this.isCloseDelimited) this.connection.reset();
    else this.connection.destroy();
    this.finish('cut');
  }

  protected finish(outcome: Outcome): void {
    this.timers.finish();
    this.departure.stop();
    this.isHeld = false;
    if (this.record !== null) this.#log(this.record, outcome, true);
    this.request.finish();
    this.connection.server.path.ended(this, outcome);
  }

  #log(record: ExchangeRecord, outcome: Outcome, isRouted: boolean): void {
    const { requestBytes, requestId } = this;
    record.ended(this, outcome, { head: this.request.headText, requestBytes, requestId, isRouted });
  }

  /** The connection is closed for good: nothing of it may stay in the wheel. */
  dispose(): void {
    this.timers.dispose();
    this.departure.stop();
  }
}
