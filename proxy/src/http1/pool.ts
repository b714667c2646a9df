/** The connections to one pod: idle ones last-in-first-out, a cap, and the exchanges that wait for one. */
import { WheelTimer } from '../timer-wheel.ts';
import type { Http1Engine } from './engine.ts';
import type { Http1Exchange } from './http1-exchange.ts';
import { PodConnection } from './upstream.ts';

/** Connects under way at once: a burst must not overrun the pod's accept queue. */
const MAX_CONNECTING = 64;
/** When no connection has come free for this long at the cap, connections beyond it are made. */
const PATIENCE_MS = 500;
/** Requests that must not be sent twice take an idle connection only while the pod is very unlikely to be closing it. */
const FRESH_MS = 1_000;

/**
 * An exchange gets an idle connection at once, or joins the queue; whichever connection is free first (a new one, or
 * one released) takes the first in the queue. At the cap none is made for as long as the queue moves; when it has not
 * for 500 ms, at most 64 a wheel beat: ten thousand requests let go together share a few hundred connections, while long
 * answers (server-sent events, long polls) cannot starve the others for good. Upgraded connections do not count towards
 * the cap.
 */
export class PodConnections {
  readonly address: string;
  readonly port: number;
  readonly engine: Http1Engine;
  #draining = false;
  #connecting = 0;
  #busy = 0;
  #idle = 0;
  #tunnels = 0;
  #waiting = 0;
  #newestIdle: PodConnection | null = null;
  #firstWaiting: Http1Exchange | null = null;
  #lastWaiting: Http1Exchange | null = null;
  readonly #patience: WheelTimer;

  /** @param address IP literal */
  constructor(address: string, port: number, engine: Http1Engine) {
    this.address = address;
    this.port = port;
    this.engine = engine;
    this.#patience = new WheelTimer(() => this.#exceedCap());
  }

  /** Connections open to this pod now, upgraded ones included; 0 = it has no warm connection. */
  get open(): number {
    return this.#busy + this.#idle + this.#tunnels;
  }

  get idle(): number {
    return this.#idle;
  }

  /** Exchanges that wait for a connection. */
  get waiting(): number {
    return this.#waiting;
  }

  /** While true idle connections are closed, and none becomes idle. May be set back (a revoked arming). */
  get draining(): boolean {
    return this.#draining;
  }
  set draining(value: boolean) {
    this.#draining = value;
    if (value) this.closeIdle();
  }

  /** Closes what is idle now. */
  closeIdle(): void {
    while (this.#newestIdle !== null) this.#newestIdle.destroy();
  }

  /** The engine's: `exchange.attach` is called with a connection now or later, or `attemptFailed`. */
  acquire(exchange: Http1Exchange): void {
    // Where others wait, what is idle is too old for them.
    const maxIdleMs = this.#needsNew(exchange) ? 0 : exchange.isIdempotent ? Number.POSITIVE_INFINITY : FRESH_MS;
    const connection = this.#takeIdle(maxIdleMs);
    if (connection !== null) {
      this.#use(connection, exchange);
      return;
    }
    const { podConnections } = this.engine.limits;
    // Too old for this exchange, and in the way of a new one.
    if (this.#newestIdle !== null && this.#connecting + this.#busy + this.#idle >= podConnections) {
      this.#newestIdle.destroy();
    }
    exchange.nextWaiting = null;
    exchange.previousWaiting = this.#lastWaiting;
    if (this.#lastWaiting === null) this.#firstWaiting = exchange;
    else this.#lastWaiting.nextWaiting = exchange;
    this.#lastWaiting = exchange;
    exchange.waitsAt = this;
    this.#waiting++;
    this.#connectMore(podConnections);
  }

  /** The engine's: takes a waiting exchange out of the queue. */
  cancel(exchange: Http1Exchange): void {
    const { nextWaiting, previousWaiting } = exchange;
    if (previousWaiting === null) this.#firstWaiting = nextWaiting;
    else previousWaiting.nextWaiting = nextWaiting;
    if (nextWaiting === null) this.#lastWaiting = previousWaiting;
    else nextWaiting.previousWaiting = previousWaiting;
    exchange.nextWaiting = null;
    exchange.previousWaiting = null;
    exchange.waitsAt = null;
    this.#waiting--;
    if (this.#waiting === 0) this.engine.wheel.clear(this.#patience);
  }

  /** The engine's: a connect succeeded. */
  connected(connection: PodConnection): void {
    this.#connecting--;
    this.#offer(connection);
    this.#connectMore(this.engine.limits.podConnections);
  }

  /** The engine's: an exchange is over and its connection can carry another. */
  released(connection: PodConnection): void {
    this.#busy--;
    this.engine.stats.podConnectionsBusy--;
    this.#offer(connection);
  }

  /** The engine's: a connection closed, and was in this state. */
  closed(connection: PodConnection, wasIdle: boolean, wasConnecting: boolean): void {
    if (wasIdle) {
      this.#unlinkIdle(connection);
      return;
    }
    this.engine.stats.podConnectionsBusy--;
    if (wasConnecting) {
      this.#connecting--;
      return;
    }
    this.#busy--;
    if (this.#waiting > 0) this.#connectMore(this.engine.limits.podConnections);
  }

  /** The engine's: an exchange became a tunnel, which does not count towards the cap. */
  tunnelBegan(): void {
    this.#busy--;
    this.#tunnels++;
    if (this.#waiting > 0) this.#connectMore(this.engine.limits.podConnections);
  }

  /** The engine's. */
  tunnelEnded(): void {
    this.#tunnels--;
    this.engine.stats.podConnectionsBusy--;
  }

  /** The engine's: a connect failed. A pod that answers others but is slow to accept is busy, not gone. */
  connectFailed(timedOut: boolean): void {
    if (timedOut && this.#busy > 0) {
      if (this.#waiting > 0 && !this.#patience.isSet) this.engine.wheel.set(this.#patience, PATIENCE_MS);
      return;
    }
    // Those that joined since are new attempts: each exchange fails once.
    for (let left = this.#waiting; left > 0 && this.#firstWaiting !== null; left--) {
      const exchange = this.#firstWaiting;
      this.cancel(exchange);
      exchange.attemptFailed('connect');
    }
  }

  /** A connection that carries nothing: for the first in the queue, else idle. */
  #offer(connection: PodConnection): void {
    let exchange = this.#firstWaiting;
    if (!connection.isConnecting) {
      while (exchange !== null && this.#needsNew(exchange)) exchange = exchange.nextWaiting;
    }
    if (exchange !== null) {
      this.cancel(exchange);
      if (this.#waiting > 0) this.engine.wheel.set(this.#patience, PATIENCE_MS);
      if (connection.isConnecting) this.engine.stats.podConnectionsBusy--;
      this.#use(connection, exchange);
      return;
    }
    if (connection.isConnecting) this.engine.stats.podConnectionsBusy--;
    connection.rest();
    connection.previousIdle = null;
    connection.nextIdle = this.#newestIdle;
    if (this.#newestIdle !== null) this.#newestIdle.previousIdle = connection;
    this.#newestIdle = connection;
    this.#idle++;
    this.engine.stats.podConnectionsIdle++;
    const { podConnections } = this.engine.limits;
    // Where some wait for new ones, and the cap is reached, it makes way.
    if (this.#draining || this.#busy + this.#idle > podConnections || this.#waiting > this.#connecting) {
      connection.destroy();
      if (this.#waiting > 0) this.#connectMore(podConnections);
    }
  }

  /**
   * Where a pod closes its connections, the next idle one would as likely be closed as the one it was lost on; and a
   * last attempt may not be lost for that at any pod.
   */
  #needsNew(exchange: Http1Exchange): boolean {
    return exchange.lostAt === this || exchange.attempts > 2;
  }

  #use(connection: PodConnection, exchange: Http1Exchange): void {
    this.#busy++;
    this.engine.stats.podConnectionsBusy++;
    connection.carry(exchange);
  }

  #takeIdle(maxIdleMs: number): PodConnection | null {
    const connection = this.#newestIdle;
    // The newest is the freshest: if it is too old, so are the others.
    if (connection === null || !connection.isFresh(maxIdleMs)) return null;
    this.#unlinkIdle(connection);
    return connection;
  }

  #unlinkIdle(connection: PodConnection): void {
    const { nextIdle, previousIdle } = connection;
    if (previousIdle === null) this.#newestIdle = nextIdle;
    else previousIdle.nextIdle = nextIdle;
    if (nextIdle !== null) nextIdle.previousIdle = previousIdle;
    connection.nextIdle = null;
    connection.previousIdle = null;
    this.#idle--;
    this.engine.stats.podConnectionsIdle--;
  }

  #connectMore(cap: number): void {
    while (
      this.#connecting < this.#waiting &&
      this.#connecting < MAX_CONNECTING &&
      this.#connecting + this.#busy + this.#idle < cap
    ) {
      this.#connecting++;
      this.engine.stats.podConnectionsBusy++;
      new PodConnection(this);
    }
    if (this.#waiting > this.#connecting && !this.#patience.isSet) this.engine.wheel.set(this.#patience, PATIENCE_MS);
  }

  #exceedCap(): void {
    if (this.#waiting === 0) return;
    this.#connectMore(Number.POSITIVE_INFINITY);
    this.engine.wheel.set(this.#patience, 0);
  }
}
