/** Follows one message body through its pieces, by length, chunks or the end of the connection, and passes it on. */
import { type ChunkOptions, ChunkScanner, type ChunkSink } from './chunks.ts';
import { latin1 } from './latin1.ts';
import type { Http1Limits } from './limits.ts';
import type { Wire } from './wire.ts';

export type BodyKind = 'none' | 'length' | 'chunked' | 'close';

/** One per direction of a connection, used for one body after another. */
export class BodyRelay implements ChunkSink {
  isComplete = true;
  kind: BodyKind = 'none';
  /** What `toText` took. */
  asText = '';
  /** Whether the kernel has all that `toWire` passed on. */
  isSettled = true;
  readonly #limits: Http1Limits;
  #remaining = 0;
  #chunks: ChunkScanner | null = null;
  #from: Wire | null = null;
  #to: Wire | null = null;
  // The first run of a piece, kept back until it is known whether it is the only one.
  #run: Buffer | null = null;
  #runStart = 0;
  #runEnd = 0;
  #isCorked = false;

  constructor(limits: Http1Limits) {
    this.#limits = limits;
  }

  /** @param length for kind `length` */
  begin(kind: BodyKind, length: number, options: ChunkOptions): void {
    this.kind = kind;
    this.#remaining = length;
    this.isComplete = kind === 'none' || (kind === 'length' && length === 0);
    if (kind !== 'chunked') return;
    this.#chunks ??= new ChunkScanner(this.#limits);
    this.#chunks.begin(options);
  }

  /** Of a chunked body: see `ChunkScanner`. */
  get dataBytes(): number {
    return this.#chunks?.dataBytes ?? 0;
  }

  /** From here on a chunked body of more data than this is `TOO_LARGE`. */
  limit(maxDataBytes: number): void {
    if (this.kind === 'chunked') this.#chunks!.maxDataBytes = maxDataBytes;
  }

  /**
   * Takes what belongs to the body from `bytes[start, end)` into `asText`.
   * @returns the place after it; -1 where it is malformed, `TOO_LARGE`
   */
  toText(bytes: Buffer, start: number, end: number): number {
    if (this.kind === 'chunked') {
      this.asText = '';
      const taken = this.#chunks!.feed(bytes, start, end, this);
      this.isComplete = this.#chunks!.isDone;
      return taken;
    }
    const taken = this.#count(start, end);
    this.asText = taken > start ? latin1(bytes, start, taken) : '';
    return taken;
  }

  /**
   * Passes on what belongs to the body from `bytes[start, end)`, just read from `from`, to `to`; see `isSettled`.
   * @returns the place after it; -1 where it is malformed, `TOO_LARGE` (a part may have been passed on)
   */
  toWire(from: Wire, to: Wire, bytes: Buffer, start: number, end: number): number {
    this.isSettled = true;
    if (this.kind !== 'chunked') {
      const taken = this.#count(start, end);
      if (taken > start) this.isSettled = to.relay(from, bytes, start, taken);
      return taken;
    }
    this.#from = from;
    this.#to = to;
    const taken = this.#chunks!.feed(bytes, start, end, this);
    this.isComplete = this.#chunks!.isDone;
    this.#flushRun();
    if (this.#isCorked) {
      this.#isCorked = false;
      this.isSettled = to.uncork();
    }
    this.#from = null;
    this.#to = null;
    return taken;
  }

  raw(bytes: Buffer, start: number, end: number): void {
    if (this.#to === null) {
      this.asText += latin1(bytes, start, end);
      return;
    }
    this.#gather();
    this.#run = bytes;
    this.#runStart = start;
    this.#runEnd = end;
  }

  text(text: string): void {
    if (this.#to === null) {
      this.asText += text;
      return;
    }
    this.#gather();
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#to.cork();
    }
    this.#to.writeText(text);
  }

  /** There is a run already: this piece takes several writes, which then go out together. */
  #gather(): void {
    if (this.#run === null) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#to!.cork();
    }
    this.#flushRun();
  }

  #flushRun(): void {
    if (this.#run === null) return;
    this.isSettled = this.#to!.relay(this.#from!, this.#run, this.#runStart, this.#runEnd);
    this.#run = null;
  }

  #count(start: number, end: number): number {
    if (this.kind === 'close') return end;
    if (this.isComplete) return start;
    const taken = Math.min(end - start, this.#remaining);
    this.#remaining -= taken;
    if (this.#remaining === 0) this.isComplete = true;
    return start + taken;
  }
}
