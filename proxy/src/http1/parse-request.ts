/** Parses a request head strictly: whatever RFC 9112 leaves to a lenient reading is refused. */
import type { FailureCode } from '@rouse/contract';
import { parseContentLength, parseTransferEncoding } from './body-length.ts';
import { INCOMPLETE, MALFORMED, TOO_MANY } from './field-lines.ts';
import { hostName } from './host-name.ts';
import * as known from './known-fields.ts';
import { latin1 } from './latin1.ts';
import type { Http1Limits } from './limits.ts';
import { CR, IS_TARGET, IS_TOKEN, LF, SPACE } from './octets.ts';
import type { RequestHead } from './request-head.ts';
import { parseAbsoluteOrAsterisk } from './request-target.ts';

/** Room in the request line for the method and the version; a longer line counts as a target too long. */
export const REQUEST_LINE_EXTRA_BYTES = 64;

/**
 * Parses the head that begins at `start`.
 * @returns the place after it; or 0 where it is not complete; or -1 with `head.fault` set (in which case it may be
 * incomplete as well: the line ends decide)
 */
export function parseRequest(
  bytes: Buffer,
  start: number,
  end: number,
  limits: Http1Limits,
  head: RequestHead,
): number {
  let at = start;
  while (at < end && IS_TOKEN[bytes[at]!] === 1) at++;
  if (at === end) return INCOMPLETE;
  const methodEnd = at;
  if (bytes[at] !== SPACE || at === start) return fail(head, 'bad-request');
  const targetStart = ++at;
  while (at < end && IS_TARGET[bytes[at]!] === 1) at++;
  if (at === end) return INCOMPLETE;
  const targetEnd = at;
  if (bytes[at] !== SPACE || at === targetStart) return fail(head, 'bad-request');
  at++;
  // `HTTP/1.1` CR LF
  if (at + 10 > end) return INCOMPLETE;
  if (
    bytes[at] !== 72 ||
    bytes[at + 1] !== 84 ||
    bytes[at + 2] !== 84 ||
    bytes[at + 3] !== 80 ||
    bytes[at + 4] !== 47 ||
    bytes[at + 6] !== 46 ||
    bytes[at + 8] !== CR ||
    bytes[at + 9] !== LF
  ) {
    return fail(head, 'bad-request');
  }
  const major = bytes[at + 5]! - 48;
  const minor = bytes[at + 7]! - 48;
  if (major < 0 || major > 9 || minor < 0 || minor > 9) return fail(head, 'bad-request');
  if (major !== 1) return fail(head, 'unknown-version');
  if (targetEnd - targetStart > limits.targetBytes || at + 8 - start > limits.targetBytes + REQUEST_LINE_EXTRA_BYTES) {
    return fail(head, 'target-too-long');
  }
  const headEnd = head.lines.parse(bytes, start, at + 10, end, limits.fields);
  if (headEnd <= 0) {
    if (headEnd === INCOMPLETE) return INCOMPLETE;
    return fail(head, headEnd === TOO_MANY ? 'head-too-large' : 'bad-request');
  }
  if (headEnd - start > limits.headBytes) return fail(head, 'head-too-large');

  const text = latin1(bytes, start, headEnd);
  head.text = text;
  head.method = text.slice(0, methodEnd - start);
  head.isHttp10 = minor === 0;
  if (head.method === 'CONNECT' || head.method === 'TRACE') return fail(head, 'method-not-allowed');
  const target = text.slice(targetStart - start, targetEnd - start);
  head.isAbsolute = false;
  head.target = target;
  if (bytes[targetStart] !== 47) {
    const parsed = parseAbsoluteOrAsterisk(head.method, target);
    if (parsed === null) return fail(head, 'bad-request');
    head.target = parsed.forwarded;
    if (parsed.authority !== null) {
      head.isAbsolute = true;
      head.authority = parsed.authority;
    }
  }
  const query = head.target.indexOf('?');
  head.path = query < 0 ? head.target : head.target.slice(0, query);
  const fault = readFields(head);
  return fault === '' ? headEnd : fail(head, fault);
}

function fail(head: RequestHead, code: FailureCode): typeof MALFORMED {
  head.fault = code;
  return MALFORMED;
}

/** Takes in the fields the engine acts on. @returns a failure's code, or an empty string */
function readFields(head: RequestHead): FailureCode | '' {
  const { lines, text, connection } = head;
  head.isChunked = false;
  head.contentLength = -1;
  head.expectsContinue = false;
  head.upgrades = '';
  head.via = '';
  head.forwardedFor = '';
  head.forwarded = '';
  head.requestId = '';
  head.hasForwardedProto = false;
  head.hasForwardedHost = false;
  head.maxForwards = -1;
  connection.reset();
  let hosts = 0;
  for (let index = 0; index < lines.count; index++) {
    const id = lines.id(index);
    if (id === known.OTHER) continue;
    const value = text.slice(lines.valueStart(index), lines.valueEnd(index));
    switch (id) {
      case known.HOST: {
        const name = hostName(value);
        if (name === null || ++hosts > 1) return 'bad-host';
        if (!head.isAbsolute) head.authority = value;
        head.hostName = name;
        break;
      }
      case known.CONTENT_LENGTH:
        if (head.contentLength >= 0 || head.isChunked) return 'bad-framing';
        head.contentLength = parseContentLength(value);
        if (head.contentLength < 0) return 'bad-framing';
        break;
      case known.TRANSFER_ENCODING: {
        if (head.isChunked || head.contentLength >= 0 || head.isHttp10) return 'bad-framing';
        const coding = parseTransferEncoding(value);
        if (coding === 'malformed') return 'bad-framing';
        if (coding === 'unknown') return 'unknown-coding';
        head.isChunked = true;
        break;
      }
      case known.CONNECTION:
        connection.add(value);
        break;
      case known.UPGRADE:
        head.upgrades = join(head.upgrades, value.toLowerCase());
        break;
      case known.EXPECT:
        // RFC 9110 10.1.1: of no meaning in HTTP/1.0.
        if (!head.isHttp10 && value.toLowerCase() === '100-continue') head.expectsContinue = true;
        break;
      case known.VIA:
        head.via = join(head.via, value);
        break;
      case known.FORWARDED:
        head.forwarded = join(head.forwarded, value);
        break;
      case known.X_FORWARDED_FOR:
        head.forwardedFor = join(head.forwardedFor, value);
        break;
      case known.X_FORWARDED_PROTO:
        head.hasForwardedProto = true;
        break;
      case known.X_FORWARDED_HOST:
        head.hasForwardedHost = true;
        break;
      case known.X_REQUEST_ID:
        head.requestId = join(head.requestId, value);
        break;
      case known.MAX_FORWARDS:
        head.maxForwards = parseContentLength(value);
        break;
    }
  }
  head.hasHost = hosts > 0;
  if (!head.hasHost) {
    if (!head.isHttp10) return 'bad-host';
    head.hostName = '';
    if (!head.isAbsolute) head.authority = '';
  }
  if (head.isAbsolute) head.hostName = hostName(head.authority) ?? '';
  return '';
}

function join(list: string, value: string): string {
  return list === '' ? value : `${list}, ${value}`;
}
