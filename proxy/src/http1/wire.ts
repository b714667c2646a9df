/** One TCP connection as the engine uses it: reads into reused memory, writes that say whether the kernel took them. */
import { hasHadShare, type Stream, waitForTurn } from './fair-reads.ts';
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

/** Of a stream that owns its memory, reads up to this many bytes are copied all the same: it may not need that memory. */
const SHORT_BYTES = 8_192;
/** After so many reads in a row that bring less than that, a stream goes back to shared memory. */
const SHORT_READS = 8;

export abstract class Wire implements Stream {
  owner: WireOwner = nobody;
  /** False between `pause` and `resume`. */
  reading = true;
  isLost = false;
  /** Code of the error that ended it, e.g. `ECONNREFUSED`. */
  errorCode = '';
  /** A write failed: it is about to close. */
  hasFailed = false;
  protected isEnding = false;
  protected isCorked = false;
  #shortReads = 0;
  #turnBytes = 0;
  /** It has had its share of this turn. */
  #isWaiting = false;

  // ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

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
    // The little that is left to be read of a broken connection has no time to wait.
    if (this.hasFailed) return;
    this.#turnBytes += bytes;
    if (!hasHadShare(this.#turnBytes, bytes)) return;
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

  /** The read memory is not overwritten before reading goes on (or ever): a write may refer to it while reading is paused. */
  abstract readonly ownsBytes: boolean;
  /** A long stream begins: from the next read on, `ownsBytes` holds. */
  abstract ownBytes(): void;
  /** The stream is over: back to shared memory. `settled`: no pending write refers to what was read last. */
  abstract shareBytes(settled: boolean): void;

  /** IP literal of the peer; empty where the connection is gone already. */
  abstract readonly remoteAddress: string;

  // ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Bytes written that the kernel has not taken yet; exact enough to tell whether it takes any. */
  abstract readonly unsentBytes: number;
  /** Of all time, those not taken yet included. */
  abstract readonly bytesWritten: number;
  /** True when the kernel has all that was written. */
  abstract readonly isSettled: boolean;

  /** Writes characters 0–255 as bytes. @returns whether the kernel took all at once; if not, `drained` follows */
  abstract writeText(text: string): boolean;
  /** Writes memory that nobody overwrites before it is sent. @returns as `writeText` does */
  abstract writeBytes(bytes: Buffer): boolean;

  /**
   * Passes on `bytes[start, end)`, just read from `from`. Reading from it is paused until they are sent where a
   * pending write refers to its memory; the caller pauses it in any case when this returns false.
   */
  relay(from: Wire, bytes: Buffer, start: number, end: number): boolean {
    if (from.ownsBytes) {
      if (end - start > SHORT_BYTES) {
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
    // As a string it is copied by Node itself, and leaves nothing outside of V8's heap for its garbage collector.
    return this.writeText(latin1(bytes, start, end));
  }

  /** Writes are gathered until `uncork`. */
  abstract cork(): void;
  /** @returns as `writeText` does */
  abstract uncork(): boolean;

  /** Asks the kernel whether the connection is still alive: writes nothing, and fails where a reset has come in. */
  abstract poke(): void;

  // ── ending ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** FIN after all that was written; `drained` follows where that is not with the kernel yet. */
  abstract end(): void;

  /**
   * A peer that answers before it has read all, and closes, resets the connection: writes fail while its answer is
   * still to be read. From now on a write that fails closes only after what is there was read.
   */
  abstract readsOnAfterWriteFault(): void;

  /** A write failed: `close` follows once what is there was read, which the kernel tells of in this turn or the next. */
  protected failSoon(close: () => void): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    setImmediate(() => setImmediate(close));
  }

  /** Closes it at once; what the kernel has not sent yet may still be sent. */
  abstract destroy(): void;

  /** Closes it at once with RST, so that the peer cannot take what it got for complete. */
  abstract reset(): void;

  /** To be called once, when it is closed. */
  protected closed(): void {
    this.isLost = true;
    this.owner.lost();
    this.owner = nobody;
  }
}
