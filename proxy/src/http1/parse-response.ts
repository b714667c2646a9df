/** Parses a pod's response head as strictly as a request: its faults are the pod's, and end its connection. */
import { parseContentLength, parseTransferEncoding } from './body-length.ts';
import { INCOMPLETE, MALFORMED } from './field-lines.ts';
import * as known from './known-fields.ts';
import { latin1 } from './latin1.ts';
import type { Http1Limits } from './limits.ts';
import { CR, IS_FIELD_VALUE, LF, SPACE } from './octets.ts';
import type { ResponseHead } from './response-head.ts';

/**
 * Parses the head that begins at `start`.
 * @returns the place after it, 0 where it is not complete, -1 where it is malformed (it may be incomplete as well)
 */
export function parseResponse(
  bytes: Buffer,
  start: number,
  end: number,
  limits: Http1Limits,
  head: ResponseHead,
): number {
  // `HTTP/1.1 200`, then a space and a reason, which may be empty; some servers leave out the space as well.
  if (end - start < 14) return INCOMPLETE;
  if (
    bytes[start] !== 72 ||
    bytes[start + 1] !== 84 ||
    bytes[start + 2] !== 84 ||
    bytes[start + 3] !== 80 ||
    bytes[start + 4] !== 47 ||
    bytes[start + 5] !== 49 ||
    bytes[start + 6] !== 46 ||
    bytes[start + 8] !== SPACE
  ) {
    return MALFORMED;
  }
  const minor = bytes[start + 7]! - 48;
  const hundreds = bytes[start + 9]! - 48;
  const tens = bytes[start + 10]! - 48;
  const ones = bytes[start + 11]! - 48;
  if (minor < 0 || minor > 9 || hundreds < 1 || hundreds > 5) return MALFORMED;
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return MALFORMED;
  let at = start + 12;
  if (bytes[at] === SPACE) {
    while (at < end && IS_FIELD_VALUE[bytes[at]!] === 1) at++;
  }
  if (at + 1 >= end) return at >= end || bytes[at] === CR ? INCOMPLETE : MALFORMED;
  if (bytes[at] !== CR || bytes[at + 1] !== LF) return MALFORMED;
  const headEnd = head.lines.parse(bytes, start, at + 2, end, Number.MAX_SAFE_INTEGER);
  if (headEnd <= 0) return headEnd;
  if (headEnd - start > limits.responseHeadBytes) return MALFORMED;
  head.text = latin1(bytes, start, headEnd);
  head.status = hundreds * 100 + tens * 10 + ones;
  head.isHttp10 = minor === 0;
  return readFields(head) ? headEnd : MALFORMED;
}

const BEGINNING = Buffer.from('HTTP/1.');

/** Whether a response may begin like this, as far as it is there: of what is no HTTP there is no end to wait for. */
export function mayBeginResponse(bytes: Buffer, length: number): boolean {
  const compared = Math.min(length, BEGINNING.length);
  return bytes.compare(BEGINNING, 0, compared, 0, compared) === 0;
}

/** @returns false where they contradict each other or do not parse */
function readFields(head: ResponseHead): boolean {
  const { lines, text, connection } = head;
  head.isChunked = false;
  head.contentLength = -1;
  head.keepAliveS = -1;
  head.hasDate = false;
  head.upgrade = '';
  connection.reset();
  for (let index = 0; index < lines.count; index++) {
    const id = lines.id(index);
    if (id === known.OTHER) continue;
    if (id === known.DATE) {
      head.hasDate = true;
      continue;
    }
    const value = text.slice(lines.valueStart(index), lines.valueEnd(index));
    switch (id) {
      case known.CONTENT_LENGTH:
        if (head.contentLength >= 0 || head.isChunked) return false;
        head.contentLength = parseContentLength(value);
        if (head.contentLength < 0) return false;
        break;
      case known.TRANSFER_ENCODING:
        if (head.isChunked || head.contentLength >= 0 || head.isHttp10) return false;
        if (parseTransferEncoding(value) !== 'chunked') return false;
        head.isChunked = true;
        break;
      case known.CONNECTION:
        connection.add(value);
        break;
      case known.KEEP_ALIVE: {
        const told = /(?:^|[,\s])timeout=([0-9]{1,9})(?:$|[,\s])/i.exec(value);
        if (told !== null) head.keepAliveS = Number(told[1]);
        break;
      }
      case known.UPGRADE:
        head.upgrade = head.upgrade === '' ? value.toLowerCase() : `${head.upgrade}, ${value.toLowerCase()}`;
        break;
    }
  }
  return true;
}
