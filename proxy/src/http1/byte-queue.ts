/** Bytes kept until there are enough of them: grows by doubling, so that one byte at a time costs no more than all at once. */

const NOTHING = Buffer.alloc(0);

export class ByteQueue {
  bytes: Buffer = NOTHING;
  length = 0;

  append(bytes: Buffer, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length, 256));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    bytes.copy(this.bytes, this.length, start, end);
    this.length = needed;
  }

  /** Hands over what was kept; the queue is empty after and does not touch that memory again. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = NOTHING;
    this.length = 0;
    return taken;
  }

  clear(): void {
    this.bytes = NOTHING;
    this.length = 0;
  }
}
