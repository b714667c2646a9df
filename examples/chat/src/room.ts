/** A room: what was said last, and who listens. It lives in this process alone and is forgotten when the pod sleeps. */

export interface Message {
  /** Unlike that of any other message, also of an earlier pod's. */
  readonly id: string;
  readonly text: string;
  readonly pod: string;
}

const REMEMBERED = 100;

export class Room {
  readonly #pod: string;
  readonly #firstId = Date.now().toString(36);
  readonly #said: Message[] = [];
  readonly #guests = new Set<(message: Message) => void>();
  #count = 0;

  /** @param pod told with every message, so that one can see who answered */
  constructor(pod: string) {
    this.#pod = pod;
  }

  say(text: string): Message {
    const message = { id: `${this.#firstId}-${++this.#count}`, text, pod: this.#pod };
    this.#said.push(message);
    if (this.#said.length > REMEMBERED) this.#said.shift();
    for (const guest of this.#guests) guest(message);
    return message;
  }

  /** @returns how to leave */
  join(guest: (message: Message) => void): () => void {
    this.#guests.add(guest);
    return () => this.#guests.delete(guest);
  }

  /** What was said after the message with this id; all that is remembered where it is none of those. */
  since(id: string | undefined): readonly Message[] {
    return this.#said.slice(this.#said.findIndex((message) => message.id === id) + 1);
  }
}
