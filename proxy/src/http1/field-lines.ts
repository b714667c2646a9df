/** Parses the field lines of a head or a trailer section into places, which serialisers copy from. */
import { knownField } from './known-fields.ts';
import { CR, IS_FIELD_VALUE, IS_TOKEN, LF, SPACE, TAB } from './octets.ts';

export const INCOMPLETE = 0;
export const MALFORMED = -1;
export const TOO_MANY = -2;

const STRIDE = 6;

/** Reused for one head after another; places count from the `base` given to `parse`. */
export class FieldLines {
  count = 0;
  #places = new Int32Array(32 * STRIDE);

  nameStart(index: number): number {
    return this.#places[index * STRIDE]!;
  }
  nameEnd(index: number): number {
    return this.#places[index * STRIDE + 1]!;
  }
  valueStart(index: number): number {
    return this.#places[index * STRIDE + 2]!;
  }
  valueEnd(index: number): number {
    return this.#places[index * STRIDE + 3]!;
  }
  /** Where the next line begins. */
  lineEnd(index: number): number {
    return this.#places[index * STRIDE + 4]!;
  }
  /** Of `known-fields.ts`. */
  id(index: number): number {
    return this.#places[index * STRIDE + 5]! >> 1;
  }
  /** Written as `Name: value` CRLF, so that it may be copied as it stands. */
  isCanonical(index: number): boolean {
    return (this.#places[index * STRIDE + 5]! & 1) === 1;
  }

  /**
   * Reads lines from `position` to the empty line.
   * @returns the place after the empty line (in `bytes`), or INCOMPLETE, MALFORMED, TOO_MANY
   */
  parse(bytes: Buffer, base: number, position: number, end: number, maxFields: number): number {
    this.count = 0;
    let at = position;
    for (;;) {
      if (at >= end) return INCOMPLETE;
      let byte = bytes[at]!;
      if (byte === CR) {
        if (at + 1 >= end) return INCOMPLETE;
        return bytes[at + 1] === LF ? at + 2 : MALFORMED;
      }
      const nameStart = at;
      while (IS_TOKEN[byte] === 1) {
        if (++at >= end) return INCOMPLETE;
        byte = bytes[at]!;
      }
      // No name, white space before the colon, and a folded line all end here (RFC 9112 5.1, 5.2).
      if (byte !== 58 || at === nameStart) return MALFORMED;
      const nameEnd = at++;
      let isCanonical = bytes[at] === SPACE ? 1 : 0;
      let spaces = 0;
      while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) {
        at++;
        spaces++;
      }
      if (spaces !== 1) isCanonical = 0;
      const valueStart = at;
      if (at >= end) return INCOMPLETE;
      byte = bytes[at]!;
      while (IS_FIELD_VALUE[byte] === 1) {
        if (++at >= end) return INCOMPLETE;
        byte = bytes[at]!;
      }
      if (byte !== CR) return MALFORMED;
      if (at + 1 >= end) return INCOMPLETE;
      if (bytes[at + 1] !== LF) return MALFORMED;
      let valueEnd = at;
      while (valueEnd > valueStart && (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === TAB)) valueEnd--;
      if (valueEnd !== at || valueEnd === valueStart) isCanonical = 0;
      at += 2;
      if (this.count === maxFields) return TOO_MANY;
      this.#add(
        nameStart - base,
        nameEnd - base,
        valueStart - base,
        valueEnd - base,
        at - base,
        (knownField(bytes, nameStart, nameEnd) << 1) | isCanonical,
      );
    }
  }

  #add(
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
    lineEnd: number,
    idAndForm: number,
  ): void {
    const offset = this.count++ * STRIDE;
    if (offset === this.#places.length) {
      const grown = new Int32Array(2 * this.#places.length);
      grown.set(this.#places);
      this.#places = grown;
    }
    const places = this.#places;
    places[offset] = nameStart;
    places[offset + 1] = nameEnd;
    places[offset + 2] = valueStart;
    places[offset + 3] = valueEnd;
    places[offset + 4] = lineEnd;
    places[offset + 5] = idAndForm;
  }
}
