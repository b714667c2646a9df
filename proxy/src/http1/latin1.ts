/** Bytes as a string of the same length, one character 0–255 per byte. */

/** A copy: the string stays as it is when the memory is reused. */
export function latin1(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end);
}
