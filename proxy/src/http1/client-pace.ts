/** What a client is waited for, and how long: its next request, the rest of a head, a byte to send or to take, its end. */
import { WheelTimer } from '../timer-wheel.ts';
import type { Http1Engine } from './engine.ts';
import type { Wire } from './wire.ts';

/** Longest that bytes are read and dropped after an answer before the connection is closed (RFC 9112 9.6). */
const LINGER_MS = 5_000;

/** One per client connection: it is waited for one thing at a time. */
export class ClientPace {
  readonly #wire: Wire;
  readonly #engine: Http1Engine;
  readonly #timer: WheelTimer;
  /** Bytes not taken yet when the timer was set. */
  #unsentBytes = 0;

  constructor(wire: Wire, engine: Http1Engine, timeUp: () => void) {
    this.#wire = wire;
    this.#engine = engine;
    this.#timer = new WheelTimer(timeUp);
  }

  waitForRequest(): void {
    this.#engine.wheel.set(this.#timer, this.#engine.limits.keepAliveTimeoutMs);
  }

  waitForHead(): void {
    this.#engine.wheel.set(this.#timer, this.#engine.limits.headTimeoutMs);
  }

  waitToSend(): void {
    this.#engine.wheel.set(this.#timer, this.#engine.limits.clientStallTimeoutMs);
  }

  waitToTake(): void {
    this.#unsentBytes = this.#wire.unsentBytes;
    this.#engine.wheel.set(this.#timer, this.#engine.limits.clientStallTimeoutMs);
  }

  /** Since `waitToTake` it took something. */
  get hasTaken(): boolean {
    return this.#wire.unsentBytes < this.#unsentBytes;
  }

  waitForClose(): void {
    this.#engine.wheel.set(this.#timer, LINGER_MS);
  }

  /** It is not waited for. */
  clear(): void {
    this.#engine.wheel.clear(this.#timer);
  }

  /** The connection is closed, or another's. */
  dispose(): void {
    this.#engine.wheel.remove(this.#timer);
  }
}
