/** Finds out whether the client of a waiting request is still there, where reading cannot tell. */

import type { TimerWheel } from '../timer-wheel.ts';
import { WheelTimer } from '../timer-wheel.ts';
import type { Wire } from './wire.ts';

const REPEAT_MS = 5_000;
/** By then the reset that a departed client answers with has come in. */
const ANSWER_MS = 150;

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

  constructor(wire: Wire, wheel: TimerWheel) {
    this.#wire = wire;
    this.#wheel = wheel;
    this.#timer = new WheelTimer(() => this.#step());
  }

  /** Asks after `delayMs`, and then every 5 s. */
  start(delayMs: number): void {
    this.#asked = false;
    this.#wheel.set(this.#timer, delayMs);
  }

  stop(): void {
    this.#wheel.remove(this.#timer);
  }

  #step(): void {
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
