/** Follows one exchange for the access log: one per client connection, made only where there is such a log. */
import type { AccessLog } from '../access-log.ts';
import type { Exchange, Outcome } from '../exchange.ts';
import type { Pod } from '../pod.ts';
import type { ClientOrigin } from './client-origin.ts';
import type { Http1Engine } from './engine.ts';
import type { Wire } from './wire.ts';

/** As nginx has it: no answer had begun when the client left. */
const CLIENT_GONE = 499;

/** What the record cannot see of an exchange by itself. */
export interface ExchangeFacts {
  /** The head as received. */
  readonly head: string;
  readonly requestBytes: number;
  readonly requestId: string;
  /** False where it was answered before it was routed. */
  readonly isRouted: boolean;
}

export class ExchangeRecord {
  readonly #log: AccessLog;
  readonly #engine: Http1Engine;
  readonly #wire: Wire;
  readonly #origin: ClientOrigin;
  #beganMs = 0;
  #respondedMs = 0;
  #bytesWrittenBefore = 0;
  #attempts = 0;
  #pod = '';

  constructor(log: AccessLog, engine: Http1Engine, wire: Wire, origin: ClientOrigin) {
    this.#log = log;
    this.#engine = engine;
    this.#wire = wire;
    this.#origin = origin;
  }

  /** The head is there. */
  began(): void {
    this.#beganMs = this.#engine.clock.nowMs();
    this.#respondedMs = 0;
    this.#bytesWrittenBefore = this.#wire.bytesWritten;
    this.#attempts = 0;
    this.#pod = '';
  }

  /** It is sent to a pod, for the first time or again. */
  sent(pod: Pod): void {
    this.#attempts++;
    this.#pod = pod.name;
  }

  /** The final answer's first byte is about to be written. */
  responded(): void {
    this.#respondedMs = this.#engine.clock.nowMs();
  }

  /** It is over: writes its line, while the exchange still has its fields. */
  ended(exchange: Exchange, outcome: Outcome, facts: ExchangeFacts): void {
    const nowMs = this.#engine.clock.nowMs();
    const { head, isRouted } = facts;
    const line = head.slice(0, head.indexOf('\r\n'));
    const targetStart = line.indexOf(' ') + 1;
    const targetEnd = line.indexOf(' ', targetStart);
    const heldMs = exchange.held ? nowMs - exchange.heldSinceMs : 0;
    this.#log.add({
      client: this.#origin.address,
      forwardedFor: this.#origin.trusted ? exchange.field('x-forwarded-for') : undefined,
      method: exchange.method,
      host: exchange.host,
      target: line.slice(targetStart, targetEnd),
      protocol: line.slice(targetEnd + 1),
      status: outcome === 'client-gone' && exchange.status === 0 ? CLIENT_GONE : exchange.status,
      outcome,
      error: exchange.failureCode,
      requestBytes: facts.requestBytes,
      responseBytes: this.#wire.bytesWritten - this.#bytesWrittenBefore,
      durationMs: nowMs - this.#beganMs,
      firstByteMs: this.#respondedMs === 0 ? null : this.#respondedMs - this.#beganMs,
      waitMs: isRouted ? exchange.heldBeforeMs + heldMs : 0,
      workload: (isRouted && exchange.workload?.key) || '',
      pod: this.#pod,
      attempts: this.#attempts,
      quiet: isRouted && exchange.quiet,
      userAgent: exchange.field('user-agent'),
      referer: exchange.field('referer'),
      requestId: facts.requestId,
    });
  }
}
