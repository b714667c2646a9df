/** Connections that read and write by public Node API alone. */
import type { OnReadOpts, Socket } from 'node:net';
import { Wire } from './wire.ts';

/** Node's own reads bring no more at once. */
const FULL_DATA_BYTES = 65_536;

abstract class PublicWire extends Wire {
  protected readonly socket: Socket;
  #awaitsDrain = false;

  constructor(socket: Socket) {
    super();
    this.socket = socket;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code ?? 'unknown';
    });
    socket.on('end', () => {
      if (!this.isLost) this.owner.peerEnded();
    });
    socket.on('close', () => this.closed());
  }

  protected override stopReading(): void {
    this.socket.pause();
  }

  protected override startReading(): void {
    this.socket.resume();
  }

  override ownBytes(): void {}
  override shareBytes(): void {}

  override get remoteAddress(): string {
    return this.socket.remoteAddress ?? '';
  }

  override get unsentBytes(): number {
    return this.socket.writableLength;
  }

  override get bytesWritten(): number {
    return this.socket.bytesWritten;
  }

  override get isSettled(): boolean {
    return this.socket.writableLength === 0;
  }

  override writeText(text: string): boolean {
    this.socket.write(text, 'latin1');
    return this.isSettled || this.#notSettled();
  }

  override writeBytes(bytes: Buffer): boolean {
    this.socket.write(bytes);
    return this.isSettled || this.#notSettled();
  }

  override cork(): void {
    this.isCorked = true;
    this.socket.cork();
  }

  override uncork(): boolean {
    this.isCorked = false;
    this.socket.uncork();
    return this.isSettled || this.#notSettled();
  }

  override poke(): void {
    if (!this.isLost && !this.isEnding) this.socket.write('', 'latin1');
  }

  override end(): void {
    if (this.isEnding) return;
    this.isEnding = true;
    if (this.isSettled) this.socket.end();
    else this.socket.end(this.#onEnd);
  }

  /** Streams drop what is left to be read when they are destroyed: so that comes a little later. */
  override readsOnAfterWriteFault(): void {
    const { socket } = this;
    const destroy = socket.destroy.bind(socket);
    socket.destroy = (error?: NodeJS.ErrnoException) => {
      if (error?.syscall !== 'write') return destroy(error);
      this.failSoon(() => destroy(error));
      return socket;
    };
  }

  override destroy(): void {
    this.socket.destroy();
  }

  override reset(): void {
    const { socket } = this;
    // While FIN is on its way Node refuses to reset, and forgets to close: neither side would ever hear of it.
    if (this.isEnding && this.isSettled && !socket.writableFinished) {
      socket.once('finish', () => socket.resetAndDestroy());
    } else socket.resetAndDestroy();
  }

  /** The kernel has not taken all: `drained` will follow. */
  #notSettled(): false {
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
    else this.#notSettled();
  };
}

/** An accepted connection: every read brings fresh memory. */
export class DataWire extends PublicWire {
  constructor(socket: Socket) {
    super(socket);
    socket.on('data', (bytes: Buffer) => {
      this.owner.received(bytes, bytes.length);
      if (bytes.length >= FULL_DATA_BYTES) this.tookFullRead(bytes.length);
    });
  }

  override get ownsBytes(): boolean {
    return true;
  }
}

/**
 * A connection made here may read into memory shared by all (`onread` of `net.connect`), which spares an allocation a
 * read; only what a write has to wait for is copied.
 */
export class CopyingWire extends PublicWire {
  /** @param open makes the socket with these options */
  constructor(memory: Buffer, open: (onread: OnReadOpts) => Socket) {
    let read = (_length: number): void => {};
    super(
      open({
        buffer: memory,
        callback: (length) => {
          read(length);
          return true;
        },
      }),
    );
    read = (length) => {
      this.owner.received(memory, length);
      if (length === memory.length) this.tookFullRead(length);
    };
  }

  override get ownsBytes(): boolean {
    return false;
  }
}
