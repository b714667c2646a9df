/** Reads Content-Length and Transfer-Encoding values strictly: what two parsers could read differently is refused. */

/** @returns the size, at most 2^53−1; -1 for anything but plain digits within that */
export function parseContentLength(value: string): number {
  if (value.length === 0) return -1;
  let size = 0;
  for (let index = 0; index < value.length; index++) {
    const digit = value.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return -1;
    // Compared before it is computed: beyond 2^53 sums are rounded.
    if (size > (Number.MAX_SAFE_INTEGER - digit) / 10) return -1;
    size = size * 10 + digit;
  }
  return size;
}

/**
 * @returns `chunked` for that alone; `unknown` for a well-formed list that ends in it after other codings (RFC 9112 6.1:
 * 501); else `malformed`: the length cannot be told
 */
export function parseTransferEncoding(value: string): 'chunked' | 'unknown' | 'malformed' {
  if (value === 'chunked') return 'chunked';
  const lower = value.toLowerCase();
  if (lower === 'chunked') return 'chunked';
  const codings = lower.split(',').map((coding) => coding.trim());
  if (codings.pop() !== 'chunked' || codings.length === 0) return 'malformed';
  return codings.every((coding) => /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(coding) && coding !== 'chunked')
    ? 'unknown'
    : 'malformed';
}
