/** Bytes of which each is a function of its place, so that both ends of a body can check it without keeping it. */
import type { Writable } from 'node:stream';

/** A body is this, again and again. */
export const block = Buffer.alloc(65_536);
for (let index = 0; index < block.length; index++) block[index] = (index * 31 + (index >> 8)) & 0xff;

/** Writes so many bytes as fast as they are taken, and then the end. */
export function writePattern(to: Writable, bytes: number): void {
  let left = bytes;
  const push = (): void => {
    while (left > 0 && !to.destroyed) {
      const piece = left >= block.length ? block : block.subarray(0, left);
      left -= piece.length;
      if (!to.write(piece)) {
        to.once('drain', push);
        return;
      }
    }
    to.end();
  };
  push();
}
