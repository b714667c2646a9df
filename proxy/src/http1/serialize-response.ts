/** Writes the head a client gets for a pod's response. */
import * as known from './known-fields.ts';
import type { ResponseHead } from './response-head.ts';

/** How the body after the head is delimited for this client. */
export type ResponseFraming = 'none' | 'length' | 'chunked' | 'close';

/**
 * @param framing what the client is told: `none` drops both fields (1xx, 204), `close` too (until the end of the connection)
 * @param keepsLength a HEAD or 304 response: Content-Length tells of a body that is not sent
 * @param added field lines to add, each with CRLF: Via, Date, Connection and so on
 * @returns the head, its empty line included
 */
export function serializeResponse(
  head: ResponseHead,
  framing: ResponseFraming,
  keepsLength: boolean,
  added: string,
): string {
  const { text, lines } = head;
  const { named } = head.connection;
  const firstLine = lines.count === 0 ? text.length - 2 : lines.nameStart(0);
  let out = '';
  let runStart = 0;
  if (head.isHttp10 || text.charCodeAt(7) !== 49 || text.charCodeAt(12) !== 32) {
    // The version is this hop's own; the space before an empty reason is not optional (RFC 9112 4).
    out = `HTTP/1.1 ${head.status} ${text.charCodeAt(12) === 32 ? text.slice(13, firstLine) : '\r\n'}`;
    runStart = firstLine;
  }
  let end = firstLine;
  for (let index = 0; index < lines.count; index++) {
    const id = lines.id(index);
    const start = end;
    end = lines.lineEnd(index);
    let keeps: boolean;
    let isPlain = lines.isCanonical(index);
    switch (id) {
      case known.CONTENT_LENGTH:
        keeps = framing === 'length' || keepsLength;
        // A zero in front would be octal to some.
        if (text.charCodeAt(lines.valueStart(index)) === 48 && head.contentLength > 0) isPlain = false;
        break;
      case known.TRANSFER_ENCODING:
        keeps = framing === 'chunked';
        break;
      case known.CONNECTION:
      case known.KEEP_ALIVE:
      case known.HOP_BY_HOP:
      case known.TE:
      case known.UPGRADE:
        keeps = false;
        break;
      default:
        keeps = named.length === 0 || !named.includes(text.slice(start, lines.nameEnd(index)).toLowerCase());
    }
    if (keeps && isPlain) continue;
    if (start > runStart) out += text.slice(runStart, start);
    runStart = end;
    if (keeps) {
      const name = text.slice(start, lines.nameEnd(index));
      const value = text.slice(lines.valueStart(index), lines.valueEnd(index));
      out += `${name}: ${id === known.CONTENT_LENGTH ? head.contentLength : value}\r\n`;
    }
  }
  if (end > runStart) out += text.slice(runStart, end);
  return `${out}${added}\r\n`;
}
