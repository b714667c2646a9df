/** Reads a `text/event-stream` (WHATWG HTML, 9.2) from chunks split anywhere and gives each event's data. */
import { StringDecoder } from 'node:string_decoder';

/** Largest event taken: a report of some ten thousand workloads. */
export const MAX_EVENT_CHARS = 16 * 1024 * 1024;

export class EventStreamParser {
  readonly #onData: (data: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #data: string[] = [];
  #chars = 0;
  #sawCr = false;
  #first = true;

  /** @param onData called with the joined `data:` lines of each event that has any; names, ids and comments are skipped */
  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  /** False when an event exceeds `MAX_EVENT_CHARS`: the stream is of no use any more. */
  push(chunk: Uint8Array): boolean {
    let text = this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (text === '') return true;
    if (this.#first) {
      this.#first = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    // A line may end in CRLF, LF or CR; a CR at the end of one chunk swallows an LF at the start of the next.
    if (this.#sawCr && text.startsWith('\n')) text = text.slice(1);
    this.#sawCr = text.endsWith('\r');
    const lines = text.split(/\r\n|\n|\r/);
    for (let i = 0; i < lines.length; i++) {
      const part = lines[i]!;
      this.#chars += part.length;
      if (this.#chars > MAX_EVENT_CHARS) return false;
      if (i < lines.length - 1) {
        this.#line(this.#rest + part);
        this.#rest = '';
      } else {
        this.#rest += part;
      }
    }
    return true;
  }

  #line(line: string): void {
    if (line === '') {
      const data = this.#data;
      this.#data = [];
      this.#chars = 0;
      if (data.length > 0) this.#onData(data.join('\n'));
    } else if (line === 'data') {
      this.#data.push('');
    } else if (line.startsWith('data:')) {
      this.#data.push(line.slice(line.charCodeAt(5) === 0x20 ? 6 : 5));
    } else {
      // A comment or a field of no interest takes no room.
      this.#chars -= line.length;
    }
  }
}
