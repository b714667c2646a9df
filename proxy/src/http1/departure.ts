/** Finds out whether a client is still there, where reading cannot tell: after its FIN, or while reading is paused. */

import type { TimerWheel } from '../timer-wheel.ts';
import { WheelTimer } from '../timer-wheel.ts';
import type { Wire } from './wire.ts';

const REPEAT_MS = 5_000;
/** By then the reset that a departed client answers with has come in. */
const ANSWER_MS = 150;

/** A socket of which nothing is read shows nothing: so often a write of nothing asks whether a reset has come in. */
export const POKE_MS = 5_000;

/**
 * A paused socket does not show that the peer left, and FIN may be a half-close. So the client is sent `100 Continue`,
 * which any client of HTTP/1.1 takes: one that has left answers with a reset. A write of nothing then fails, and the
 * wire is lost.
 */
export class DepartureWatch {
  readonly #wire: Wire;
  readonly #wheel: TimerWheel;
  readonly #timer: WheelTimer;
  #asked = false;
  #mayWrite = false;

  constructor(wire: Wire, wheel: TimerWheel) {
    this.#wire = wire;
    this.#wheel = wheel;
    this.#timer = new WheelTimer(() => this.#step());
  }

  /** Asks after `delayMs`, and then every 5 s, while a request waits for its response. */
  start(delayMs: number): void {
    this.#asked = false;
    this.#mayWrite = true;
    this.#wheel.set(this.#timer, delayMs);
  }

  /**
   * A response has begun, so that nothing may be written in between. Who left after FIN is found out by the kernel, which
   * probes quiet connections; here it is only asked for what it found.
   */
  listen(): void {
    this.#asked = false;
    this.#mayWrite = false;
    this.#wheel.set(this.#timer, POKE_MS);
  }

  stop(): void {
    this.#wheel.remove(this.#timer);
  }

  #step(): void {
    if (!this.#mayWrite) {
      this.#wheel.set(this.#timer, POKE_MS);
      this.#wire.poke();
      return;
    }
    if (this.#asked) {
      this.#asked = false;
      this.#wheel.set(this.#timer, REPEAT_MS - ANSWER_MS);
      this.#wire.poke();
      return;
    }
    this.#asked = true;
    this.#wheel.set(this.#timer, ANSWER_MS);
    // Where earlier bytes are still pending their own write shows a reset.
    if (this.#wire.isSettled) this.#wire.writeText('HTTP/1.1 100 Continue\r\n\r\n');
  }
}
