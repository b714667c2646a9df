/** How old a client connection may grow, so that clients spread over the proxies there are now. */
import { WheelTimer } from '../timer-wheel.ts';
import type { Http1Engine } from './engine.ts';

/** What a listener sets for all its connections. */
export interface ConnectionAgeLimits {
  /** Over 0; each connection's own is up to a tenth shorter or longer, so that those opened together do not end together. */
  readonly maxAgeMs: number;
  /** How long a request or tunnel may then still run; 0 for as long as it takes. */
  readonly graceMs: number;
}

/** What grows old. */
interface Ageing {
  /** Closes it if nothing is under way. */
  closeIdle(): void;
  /** Ends it whatever it does. */
  abort(): void;
}

const JITTER = 0.1;

/** One per client connection, made only where ages are limited. */
export class ConnectionAge {
  /** The answer under way, or else the next one, is the last. */
  isOver = false;
  readonly #engine: Http1Engine;
  readonly #timer: WheelTimer;

  constructor(engine: Http1Engine, limits: ConnectionAgeLimits, connection: Ageing) {
    this.#engine = engine;
    this.#timer = new WheelTimer(() => {
      if (this.isOver) {
        connection.abort();
        return;
      }
      this.isOver = true;
      if (limits.graceMs > 0) engine.wheel.set(this.#timer, limits.graceMs);
      connection.closeIdle();
    });
    engine.wheel.set(this.#timer, limits.maxAgeMs * (1 + JITTER * (2 * Math.random() - 1)));
  }

  dispose(): void {
    this.#engine.wheel.remove(this.#timer);
  }
}
