/** Finds the end of a head or trailer section that arrives in pieces, looking at each byte once. */
import { CR, LF } from './octets.ts';

export const SCAN_INCOMPLETE = 0;
export const SCAN_BARE_LF = -1;
export const SCAN_TOO_LARGE = -2;
export const SCAN_FIRST_LINE_TOO_LONG = -3;

/**
 * Judges nothing but line ends and sizes, in the order of the bytes, so that the verdict does not depend on how the
 * input was cut up.
 */
export class HeadScan {
  #lineStart = 0;
  #position = 0;
  #line = 0;
  /** Where the head begins: after one empty line, which is skipped (RFC 9112 2.2). */
  start = 0;
  #skipsEmptyLine = false;

  /** @param skipsEmptyLine one empty line before the first is passed over */
  reset(skipsEmptyLine: boolean): void {
    this.#skipsEmptyLine = skipsEmptyLine;
    this.#lineStart = 0;
    this.#position = 0;
    this.#line = 0;
    this.start = 0;
  }

  /**
   * @param length bytes there are so far, those of earlier calls included
   * @returns the place after the empty line, or one of the SCAN_ values
   */
  scan(bytes: Buffer, length: number, maxBytes: number, maxFirstLineBytes: number): number {
    for (;;) {
      const found = bytes.indexOf(LF, this.#position);
      const feed = found < 0 || found >= length ? length : found;
      if (this.#line === 0 && feed - this.#lineStart > maxFirstLineBytes) return SCAN_FIRST_LINE_TOO_LONG;
      if (feed - this.start >= maxBytes) return SCAN_TOO_LARGE;
      if (feed === length) {
        this.#position = length;
        return SCAN_INCOMPLETE;
      }
      if (feed === this.#lineStart || bytes[feed - 1] !== CR) return SCAN_BARE_LF;
      const isEmpty = feed === this.#lineStart + 1;
      this.#position = feed + 1;
      this.#lineStart = feed + 1;
      if (!isEmpty) this.#line++;
      else if (this.#skipsEmptyLine && this.#line === 0 && this.start === 0) this.start = feed + 1;
      else return feed + 1;
    }
  }
}
