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
 * wire is lost. Once a response has begun nothing may be written in between: then the kernel finds out who left, as it
 * probes quiet connections, and is only asked for what it found.
 */
export class DepartureWatch {
  readonly #wire: Wire;
  readonly #wheel: TimerWheel;
  #timer: WheelTimer | null = null;
  #asked = false;
  #mayWrite = false;

  constructor(wire: Wire, wheel: TimerWheel) {
    this.#wire = wire;
    this.#wheel = wheel;
  }

  /** Asks after `delayMs`, and then every 5 s. */
  ask(delayMs: number): void {
    this.#start(true, delayMs);
  }

  /** Writes nothing, and looks every 5 s. */
  listen(): void {
    this.#start(false, POKE_MS);
  }

  stop(): void {
    if (this.#timer !== null) this.#wheel.remove(this.#timer);
  }

  #start(mayWrite: boolean, delayMs: number): void {
    this.#asked = false;
    this.#mayWrite = mayWrite;
    this.#timer ??= new WheelTimer(() => this.#step());
    this.#wheel.set(this.#timer, delayMs);
  }

  #step(): void {
    if (!this.#mayWrite || this.#asked) {
      this.#wheel.set(this.#timer!, this.#asked ? REPEAT_MS - ANSWER_MS : POKE_MS);
      this.#asked = false;
      this.#wire.poke();
      return;
    }
    this.#asked = true;
    this.#wheel.set(this.#timer!, ANSWER_MS);
    // Where earlier bytes are still pending their own write shows a reset.
    if (this.#wire.isSettled) this.#wire.writeText('HTTP/1.1 100 Continue\r\n\r\n');
  }
}
