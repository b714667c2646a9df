/** One TCP connection as the engine uses it: reads into reused memory, writes that say whether the kernel took them. */
import type { Socket } from 'node:net';
import { BYTES_PER_TURN, type Stream, waitForTurn } from './fair-reads.ts';
import { latin1 } from './latin1.ts';

export interface WireOwner {
  /** `bytes[0, length)` were read; they are valid only during the call, unless `wire.ownsBytes`. */
  received(bytes: Buffer, length: number): void;
  /** The peer sent FIN; nothing more will be read. */
  peerEnded(): void;
  /** All that was written is with the kernel, after a write that said it was not. */
  drained(): void;
  /** The connection is gone, in whichever way; called once, never from within a call into the wire. */
  lost(): void;
}

const nobody: WireOwner = { received() {}, peerEnded() {}, drained() {}, lost() {} };

/** Bytes up to this many are written as a string: Node copies those itself, so that they may come from reused memory. */
export const COPIED_AS_TEXT_BYTES = 8_192;
/** After so many reads in a row that bring less than that, a stream goes back to shared memory. */
const SHORT_READS = 8;

export abstract class Wire implements Stream {
  owner: WireOwner = nobody;
  readonly socket: Socket;
  /** False between `pause` and `resume`. */
  reading = true;
  isLost = false;
  /** Code of the error that ended it, e.g. `ECONNREFUSED`. */
  errorCode = '';
  /** A write failed: it is about to close. */
  hasFailed = false;
  /** The read memory is not overwritten before reading goes on (or ever): a write may refer to it while reading is paused. */
  abstract readonly ownsBytes: boolean;
  /** Writes under way that the socket does not know of. */
  protected writesUnderWay = 0;
  protected isEnding = false;
  protected isCorked = false;
  #awaitsDrain = false;
  #shortReads = 0;
  #turnBytes = 0;
  /** It has had its share of this turn. */
  #isWaiting = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code ?? 'unknown';
    });
    socket.on('end', () => {
      if (!this.isLost) this.owner.peerEnded();
    });
    socket.on('close', () => {
      this.isLost = true;
      this.owner.lost();
      this.owner = nobody;
    });
  }

  /** Nothing more is read, but for what is on its way through Node. */
  pause(): void {
    if (!this.reading) return;
    this.reading = false;
    if (!this.#isWaiting) this.stopReading();
  }

  resume(): void {
    if (this.reading) return;
    this.reading = true;
    if (!this.#isWaiting) this.startReading();
  }

  protected abstract startReading(): void;
  protected abstract stopReading(): void;

  /** A read brought all that it could: there is more, and it is for the others to go first after some of these. */
  protected tookFullRead(bytes: number): void {
    this.#turnBytes += bytes;
    if (this.#turnBytes < BYTES_PER_TURN) return;
    this.#turnBytes = 0;
    if (this.#isWaiting || !this.reading || this.isLost) return;
    this.#isWaiting = true;
    this.stopReading();
    waitForTurn(this);
  }

  turnBegins(): void {
    this.#isWaiting = false;
    if (this.reading && !this.isLost) this.startReading();
  }

  /** A long stream begins: from the next read on, `ownsBytes` holds. */
  abstract ownBytes(): void;
  /** The stream is over: back to shared memory. `settled`: no pending write refers to what was read last. */
  abstract shareBytes(settled: boolean): void;
  /** Bytes written that the kernel has not taken yet; exact enough to tell whether it takes any. */
  abstract get unsentBytes(): number;

  /** True when the kernel has all that was written. */
  get isSettled(): boolean {
    return this.writesUnderWay === 0 && this.socket.writableLength === 0;
  }

  /** Writes characters 0–255 as bytes. @returns whether the kernel took all at once; if not, `drained` follows */
  writeText(text: string): boolean {
    const socket = this.socket;
    socket.write(text, 'latin1');
    return this.isSettled || this.notSettled();
  }

  /** Writes memory that nobody overwrites before it is sent. */
  writeBytes(bytes: Buffer): boolean {
    const socket = this.socket;
    socket.write(bytes);
    return this.isSettled || this.notSettled();
  }

  /**
   * Passes on `bytes[start, end)`, just read from `from`. Reading from it is paused until they are sent where a
   * pending write refers to its memory; the caller pauses it in any case when this returns false.
   */
  relay(from: Wire, bytes: Buffer, start: number, end: number): boolean {
    const isShort = end - start <= COPIED_AS_TEXT_BYTES;
    if (from.ownsBytes) {
      if (!isShort) {
        from.#shortReads = 0;
        return this.writeBytes(bytes.subarray(start, end));
      }
      const settled = this.writeText(latin1(bytes, start, end));
      // It no longer needs memory of its own: thousands of quiet streams must not keep theirs.
      if (settled && ++from.#shortReads >= SHORT_READS) {
        from.#shortReads = 0;
        from.shareBytes(true);
      }
      return settled;
    }
    // A read that filled its memory: there is more.
    if (end === bytes.length) from.ownBytes();
    return isShort
      ? this.writeText(latin1(bytes, start, end))
      : this.writeBytes(Buffer.from(bytes.subarray(start, end)));
  }

  /** Writes are gathered until `uncork`. */
  cork(): void {
    this.isCorked = true;
    this.socket.cork();
  }

  uncork(): boolean {
    this.isCorked = false;
    this.socket.uncork();
    return this.isSettled || this.notSettled();
  }

  /** Asks the kernel whether the connection is still alive: writes nothing, and fails where a reset has come in. */
  poke(): void {
    if (!this.isLost && !this.isEnding) this.socket.write('', 'latin1');
  }

  /** FIN after all that was written; `drained` follows where that is not with the kernel yet. */
  end(): void {
    if (this.isEnding) return;
    this.isEnding = true;
    if (this.isSettled) this.socket.end();
    else this.socket.end(this.#onEnd);
  }

  /**
   * A peer that answers before it has read all, and closes, resets the connection: writes fail while its answer is
   * still to be read. From now on a write that fails closes only after what is there was read (which streams of the
   * public API drop).
   */
  readsOnAfterWriteFault(): void {
    const { socket } = this;
    const destroy = socket.destroy.bind(socket);
    socket.destroy = (error?: NodeJS.ErrnoException) => {
      if (error?.syscall !== 'write') return destroy(error);
      if (!this.hasFailed) {
        this.hasFailed = true;
        // In this turn or the next the kernel tells of what there is to read.
        setImmediate(() => setImmediate(() => destroy(error)));
      }
      return socket;
    };
  }

  /** Closes it at once; what the kernel has not sent yet may still be sent. */
  destroy(): void {
    this.socket.destroy();
  }

  /** Closes it at once with RST, so that the peer cannot take what it got for complete. */
  reset(): void {
    const { socket } = this;
    // While FIN is on its way Node refuses to reset, and forgets to close: neither side would ever hear of it.
    if (this.isEnding && this.isSettled && !socket.writableFinished) {
      socket.once('finish', () => socket.resetAndDestroy());
    } else socket.resetAndDestroy();
  }

  /** The kernel has not taken all: `drained` will follow. */
  protected notSettled(): false {
    if (!this.#awaitsDrain && !this.isCorked) {
      this.#awaitsDrain = true;
      // Behind all that is pending: called once the kernel has it.
      this.socket.write('', 'latin1', this.#onSent);
    }
    return false;
  }

  readonly #onEnd = (error?: Error | null): void => {
    if (!error && !this.isLost) this.owner.drained();
  };

  readonly #onSent = (error?: Error | null): void => {
    this.#awaitsDrain = false;
    if (error || this.isLost || this.isEnding) return;
    if (this.isSettled) this.owner.drained();
    else this.notSettled();
  };
}
