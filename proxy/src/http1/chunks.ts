/** Follows a chunked body through its pieces (RFC 9112 7.1) and relays it as it is, re-framed where it is unusual, or unwrapped. */
import { ByteQueue } from './byte-queue.ts';
import type { Http1Limits } from './limits.ts';
import { CR, HEX_VALUE, IS_FIELD_VALUE, LF, SPACE, TAB } from './octets.ts';
import { HeadScan, SCAN_INCOMPLETE } from './scan-head.ts';
import { serializeTrailers } from './trailers.ts';

/** Where the relayed body goes. */
export interface ChunkSink {
  /** Bytes passed on as they are. */
  raw(bytes: Buffer, start: number, end: number): void;
  /** Framing written anew. */
  text(text: string): void;
}

const SIZE = 0;
/** White space before the `;` of an extension; nothing but an extension may follow it. */
const BEFORE_EXTENSION = 1;
const EXTENSION = 2;
const SIZE_LF = 3;
const DATA = 4;
const DATA_CR = 5;
const DATA_LF = 6;
const TRAILER_START = 7;
const TRAILER_START_LF = 8;
const TRAILERS = 9;
const DONE = 10;

/** More digits than any size has, leading zeros included. */
const MAX_DIGITS = 32;

/** `feed` found more data than `maxDataBytes`. */
export const TOO_LARGE = -2;

export interface ChunkOptions {
  /** False: only the data goes to the sink (the receiver is HTTP/1.0). */
  readonly framing: boolean;
  /** Trailers may carry the fields that tell where a request came from. */
  readonly trusted: boolean;
}

export class ChunkScanner {
  /** Sizes of the chunks begun so far, and the most they may come to. */
  dataBytes = 0;
  maxDataBytes = Number.POSITIVE_INFINITY;
  readonly #limits: Http1Limits;
  #state = SIZE;
  /** Of the size line being read, then of the data left. */
  #size = 0;
  /** Digits of a size line, as received. */
  #digits = '';
  #hasExtension = false;
  #extensionBytes = 0;
  #framing = true;
  #trusted = false;
  #trailers: ByteQueue | null = null;
  #trailerScan: HeadScan | null = null;

  constructor(limits: Http1Limits) {
    this.#limits = limits;
  }

  get isDone(): boolean {
    return this.#state === DONE;
  }

  begin(options: ChunkOptions): void {
    this.dataBytes = 0;
    this.maxDataBytes = Number.POSITIVE_INFINITY;
    this.#state = SIZE;
    this.#size = 0;
    this.#digits = '';
    this.#hasExtension = false;
    this.#extensionBytes = 0;
    this.#framing = options.framing;
    this.#trusted = options.trusted;
    this.#trailers = null;
    this.#trailerScan = null;
  }

  /**
   * Takes `bytes[start, end)`, up to the end of the body.
   * @returns the place after what belongs to the body; -1 where it is malformed, `TOO_LARGE`: the sink may have got a part of it
   */
  feed(bytes: Buffer, start: number, end: number, sink: ChunkSink): number {
    let at = start;
    // What is relayed as it is, framing and data alike, goes to the sink in one run.
    let runStart = start;
    /** Where the size line in hand began; -1 when in an earlier piece. */
    let lineStart = this.#state <= SIZE_LF && this.#digits === '' ? start : -1;
    if (this.#state <= SIZE_LF && lineStart < 0) runStart = -1;
    if (this.#state >= TRAILER_START_LF) runStart = -1;
    while (at < end) {
      const byte = bytes[at]!;
      switch (this.#state) {
        case SIZE: {
          const digit = HEX_VALUE[byte]!;
          if (digit !== 255) {
            if (this.#digits.length === MAX_DIGITS) return -1;
            if (this.#size > (Number.MAX_SAFE_INTEGER - digit) / 16) return -1;
            this.#size = this.#size * 16 + digit;
            this.#digits += String.fromCharCode(byte);
            at++;
            break;
          }
          if (this.#digits === '') return -1;
          if (byte === CR) {
            this.#state = SIZE_LF;
            at++;
            break;
          }
          if (byte !== 59 && byte !== SPACE && byte !== TAB) return -1;
          this.#hasExtension = true;
          this.#state = BEFORE_EXTENSION;
          break;
        }
        case BEFORE_EXTENSION:
          if (byte === 59) this.#state = EXTENSION;
          else if ((byte !== SPACE && byte !== TAB) || ++this.#extensionBytes > this.#limits.chunkExtensionBytes) {
            return -1;
          }
          at++;
          break;
        case EXTENSION:
          if (byte === CR) this.#state = SIZE_LF;
          else if (IS_FIELD_VALUE[byte] !== 1 || ++this.#extensionBytes > this.#limits.chunkExtensionBytes) return -1;
          at++;
          break;
        case SIZE_LF: {
          if (byte !== LF) return -1;
          at++;
          this.dataBytes += this.#size;
          if (this.dataBytes > this.maxDataBytes) return TOO_LARGE;
          const asIs = this.#digits.length <= 8 && !this.#hasExtension;
          if (!this.#framing) {
            runStart = at;
          } else if (!asIs || lineStart < 0) {
            if (runStart >= 0 && lineStart > runStart) sink.raw(bytes, runStart, lineStart);
            sink.text(asIs ? `${this.#digits}\r\n` : `${this.#size.toString(16)}\r\n`);
            runStart = at;
          }
          this.#digits = '';
          this.#hasExtension = false;
          this.#state = this.#size === 0 ? TRAILER_START : DATA;
          break;
        }
        case DATA: {
          const taken = Math.min(this.#size, end - at);
          at += taken;
          this.#size -= taken;
          if (this.#size > 0) break;
          this.#state = DATA_CR;
          if (!this.#framing) {
            if (at > runStart) sink.raw(bytes, runStart, at);
            runStart = at;
          }
          break;
        }
        case DATA_CR:
          if (byte !== CR) return -1;
          this.#state = DATA_LF;
          at++;
          break;
        case DATA_LF:
          if (byte !== LF) return -1;
          this.#state = SIZE;
          at++;
          lineStart = at;
          if (!this.#framing) runStart = at;
          break;
        case TRAILER_START:
          if (byte === CR && at + 1 < end && bytes[at + 1] === LF) {
            at += 2;
            this.#state = DONE;
            if (this.#framing) sink.raw(bytes, runStart, at);
            return at;
          }
          if (this.#framing && at > runStart) sink.raw(bytes, runStart, at);
          runStart = -1;
          if (byte === CR) {
            at++;
            this.#state = TRAILER_START_LF;
          } else this.#state = TRAILERS;
          break;
        case TRAILER_START_LF:
          if (byte !== LF) return -1;
          this.#state = DONE;
          if (this.#framing) sink.text('\r\n');
          return at + 1;
        case TRAILERS:
          return this.#feedTrailers(bytes, at, end, sink);
        default:
          return at;
      }
    }
    this.#flush(bytes, runStart, lineStart, end, sink);
    return end;
  }

  /** The piece is at its end: passes on the run, but for a size line of which only a part is here. */
  #flush(bytes: Buffer, runStart: number, lineStart: number, end: number, sink: ChunkSink): void {
    if (runStart < 0) return;
    let runEnd = end;
    if (this.#state <= SIZE_LF) {
      if (!this.#framing || lineStart < 0) return;
      runEnd = lineStart;
    } else if (!this.#framing && this.#state !== DATA) return;
    if (runEnd > runStart) sink.raw(bytes, runStart, runEnd);
  }

  #feedTrailers(bytes: Buffer, start: number, end: number, sink: ChunkSink): number {
    this.#trailers ??= new ByteQueue();
    this.#trailerScan ??= new HeadScan();
    const before = this.#trailers.length;
    // More than the limit is never kept: what follows the body may stand in the same piece.
    this.#trailers.append(bytes, start, Math.min(end, start + this.#limits.trailerBytes + 2 - before));
    const maxBytes = this.#limits.trailerBytes + 2;
    const found = this.#trailerScan.scan(this.#trailers.bytes, this.#trailers.length, maxBytes, maxBytes);
    if (found === SCAN_INCOMPLETE) return this.#trailers.length >= maxBytes ? -1 : end;
    if (found < 0) return -1;
    const text = serializeTrailers(this.#trailers.bytes, found, this.#trusted);
    if (text === null) return -1;
    this.#trailers = null;
    this.#state = DONE;
    if (this.#framing) sink.text(text);
    return start + found - before;
  }
}
