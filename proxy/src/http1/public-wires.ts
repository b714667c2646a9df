/** Connections that read and write by public Node API alone. */
import type { OnReadOpts, Socket } from 'node:net';
import { Wire } from './wire.ts';

/** Node's own reads bring no more at once. */
const FULL_DATA_BYTES = 65_536;

abstract class PublicWire extends Wire {
  protected override stopReading(): void {
    this.socket.pause();
  }

  protected override startReading(): void {
    this.socket.resume();
  }

  override ownBytes(): void {}
  override shareBytes(): void {}

  override get unsentBytes(): number {
    return this.socket.writableLength;
  }
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
