/** A connection there is no room for: its first request is answered 503, then it is closed; nothing of it is parsed. */
import { WheelTimer } from '../timer-wheel.ts';
import type { Http1Engine } from './engine.ts';
import { dateLine } from './http-date.ts';
import { failureAnswer, ownAnswerText } from './own-answer.ts';
import type { Wire, WireOwner } from './wire.ts';

/** So many are told at once, out of the descriptors held in reserve; further ones are closed without a word. */
const MOST_AT_ONCE = 32;
/** From its start to its end: for a request to come, and for the client to take the answer. */
const LIFE_MS = 1_000;

/** All those of one listener. */
export class TurnedAway {
  readonly #engine: Http1Engine;
  readonly #open = new Set<TurnedAwayConnection>();

  constructor(engine: Http1Engine) {
    this.#engine = engine;
  }

  /** Takes over a wire that nobody owns yet. */
  take(wire: Wire): void {
    if (this.#open.size >= MOST_AT_ONCE) wire.destroy();
    else this.#open.add(new TurnedAwayConnection(wire, this.#engine, (ended) => this.#open.delete(ended)));
  }

  closeAll(): void {
    for (const connection of this.#open) connection.destroy();
  }
}

class TurnedAwayConnection implements WireOwner {
  readonly #wire: Wire;
  readonly #engine: Http1Engine;
  readonly #ended: (connection: TurnedAwayConnection) => void;
  readonly #timer: WheelTimer;
  #isAnswered = false;

  constructor(wire: Wire, engine: Http1Engine, ended: (connection: TurnedAwayConnection) => void) {
    this.#wire = wire;
    this.#engine = engine;
    this.#ended = ended;
    this.#timer = new WheelTimer(() => this.destroy());
    wire.owner = this;
    engine.wheel.set(this.#timer, LIFE_MS);
  }

  destroy(): void {
    this.#wire.destroy();
  }

  /** Whatever it is, it is not read: closing with bytes unread would reset the answer away (RFC 9112 9.6). */
  received(): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    const answer = failureAnswer('too-many-connections', undefined, undefined);
    this.#wire.writeText(ownAnswerText(answer, `${dateLine(this.#engine.clock)}Connection: close\r\n`, false));
    this.#wire.end();
  }

  peerEnded(): void {
    if (this.#isAnswered) return;
    this.destroy();
  }

  drained(): void {}

  lost(): void {
    this.#engine.wheel.remove(this.#timer);
    this.#ended(this);
  }
}
