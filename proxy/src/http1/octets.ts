/** Which bytes may stand where in HTTP/1.1 framing (RFC 9110 5.6.2, RFC 9112): one table look-up a byte. */

function table(allowed: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (allowed(byte) ? 1 : 0));
}

function charset(characters: string): (byte: number) => boolean {
  return (byte) => characters.includes(String.fromCharCode(byte));
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `tchar`: methods and field names. */
export const IS_TOKEN = table(charset(`${ALPHANUMERIC}!#$%&'*+-.^_\`|~`));
/** Field values and reason phrases: visible bytes, space, tab, and 128–255 (`obs-text`). */
export const IS_FIELD_VALUE = table((byte) => byte === 9 || (byte >= 32 && byte !== 127));
/** Request targets: no control, no space, no `#` (a fragment is never sent); bytes from 128 are let through as they are. */
export const IS_TARGET = table((byte) => byte > 32 && byte !== 127 && byte !== 35);
/** A host without brackets: unreserved, sub-delims but the comma of a joined list, and `%` (RFC 3986 3.2.2). */
export const IS_HOST = table(charset(`${ALPHANUMERIC}-._~%!$&'()*+;=`));

/** Value of a hexadecimal digit, 255 for other bytes. */
export const HEX_VALUE = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return digit < 0 || byte > 127 ? 255 : digit;
});

/** ASCII letters in lower case, `_` as `-`: some backends read `X_Forwarded_For` as `X-Forwarded-For`. */
export const FOLDED = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 65 && byte <= 90) return byte + 32;
  return byte === 95 ? 45 : byte;
});

export const CR = 13;
export const LF = 10;
export const SPACE = 32;
export const TAB = 9;
