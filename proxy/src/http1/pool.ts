/** The connections to one pod: idle ones last-in-first-out, a cap, and the exchanges that wait at the cap. */
import type { Http1Engine } from './engine.ts';

export class PodConnections {
  readonly address: string;
  readonly port: number;
  readonly engine: Http1Engine;
  #draining = false;

  /** @param address IP literal */
  constructor(address: string, port: number, engine: Http1Engine) {
    this.address = address;
    this.port = port;
    this.engine = engine;
  }

  /** Connections open to this pod now, those being made and upgraded ones included. 0 = no warm connection. */
  get open(): number {
    return 0;
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
  closeIdle(): void {}
}
