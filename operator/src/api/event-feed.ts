/** `GET /api/events`: one subscription to the source, sent to every reader; one that reads too slowly is dropped. */
import type { ApiEvent, Clock } from '@rouse/contract';
import type { StatusSource } from './status-source.ts';

/** What may wait for one reader beyond the snapshot it began with. */
export const MAX_BEHIND_BYTES = 1024 * 1024;
export const HEARTBEAT_EVERY_MS = 15_000;
export const MAX_READERS = 256;

interface Reader {
  send(bytes: Uint8Array): void;
  close(): void;
}

const encoder = new TextEncoder();

export class EventFeed {
  readonly #source: StatusSource;
  readonly #clock: Clock;
  readonly #readers = new Set<Reader>();
  #unsubscribe: (() => void) | null = null;
  #cancelHeartbeat: () => void = () => {};

  constructor(source: StatusSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /**
   * A stream of event bytes that begins with the snapshot; null when there are too many readers.
   * @param drop ends the connection of a reader that is too slow; its stream is cancelled by that
   */
  open(drop: () => void): ReadableStream<Uint8Array> | null {
    if (this.#readers.size >= MAX_READERS) return null;
    let reader: Reader;
    const snapshot = encodeEvent({
      type: 'snapshot',
      workloads: this.#source.workloads(),
      transitions: this.#source.transitions(),
    });
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          reader = {
            send: (bytes) => {
              if ((controller.desiredSize ?? 0) < bytes.length) {
                this.#remove(reader);
                drop();
              } else controller.enqueue(bytes);
            },
            close: () => controller.close(),
          };
          controller.enqueue(snapshot);
          this.#add(reader);
        },
        cancel: () => this.#remove(reader),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: snapshot.length + MAX_BEHIND_BYTES }),
    );
  }

  /** Ends every stream, so that the server can stop. */
  close(): void {
    for (const reader of [...this.#readers]) {
      this.#remove(reader);
      reader.close();
    }
  }

  #add(reader: Reader): void {
    this.#readers.add(reader);
    if (this.#unsubscribe !== null) return;
    this.#unsubscribe = this.#source.subscribe((event) => this.#sendAll(encodeEvent(event)));
    this.#beat();
  }

  #remove(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#cancelHeartbeat();
  }

  #sendAll(bytes: Uint8Array): void {
    for (const reader of [...this.#readers]) reader.send(bytes);
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#clock.after(HEARTBEAT_EVERY_MS, () => {
      this.#sendAll(encoder.encode(': still here\n\n'));
      if (this.#readers.size > 0) this.#beat();
    });
  }
}

function encodeEvent(event: ApiEvent): Uint8Array {
  const { type, ...data } = event;
  return encoder.encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
}
