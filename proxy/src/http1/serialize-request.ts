/** Writes the head a pod gets: the same fields in the same order, without what ends at this hop, with what this hop adds. */
import type { ClientOrigin } from './client-origin.ts';
import * as known from './known-fields.ts';
import type { RequestHead } from './request-head.ts';

/**
 * @param upgrade protocols of Upgrade to ask the pod for, comma separated; empty for none
 * @param requestId replaces what came as X-Request-Id; empty: that is passed on as it came
 * @returns the head, its empty line included
 */
export function serializeRequest(head: RequestHead, origin: ClientOrigin, upgrade: string, requestId = ''): string {
  const { text, lines } = head;
  const { named } = head.connection;
  const firstLine = lines.count === 0 ? text.length - 2 : lines.nameStart(0);
  let out: string;
  /** Start of the lines that are copied as they stand; the request line is the first of them where it is not changed. */
  let runStart: number;
  if (head.isAbsolute || head.target === '*' || text.charCodeAt(firstLine - 3) !== 49 || head.isHttp10) {
    out = `${head.method} ${head.target} HTTP/1.1\r\n`;
    runStart = firstLine;
  } else {
    out = '';
    runStart = 0;
  }
  let end = firstLine;
  let hasTe = false;
  for (let index = 0; index < lines.count; index++) {
    const id = lines.id(index);
    const start = end;
    end = lines.lineEnd(index);
    let line: string;
    if (id === known.OTHER) {
      if (named.length > 0 && named.includes(text.slice(start, lines.nameEnd(index)).toLowerCase())) line = '';
      else if (lines.isCanonical(index)) continue;
      else line = rewritten(head, index);
    } else {
      switch (id) {
        case known.HOST:
          if (!head.isAbsolute && lines.isCanonical(index)) continue;
          line = `Host: ${head.authority}\r\n`;
          break;
        case known.CONTENT_LENGTH:
          line = `Content-Length: ${head.contentLength}\r\n`;
          if (text.slice(start + 14, end) === line.slice(14)) continue;
          break;
        case known.TRANSFER_ENCODING:
          line = 'Transfer-Encoding: chunked\r\n';
          break;
        case known.TE:
          line = '';
          if (hasTrailersToken(text.slice(lines.valueStart(index), lines.valueEnd(index)))) hasTe = true;
          break;
        case known.EXPECT:
          line = head.isHttp10 ? '' : rewritten(head, index);
          break;
        case known.MAX_FORWARDS:
          line =
            head.method === 'OPTIONS' && head.maxForwards > 0
              ? `Max-Forwards: ${head.maxForwards - 1}\r\n`
              : rewritten(head, index);
          break;
        case known.X_REQUEST_ID:
          line = requestId === '' ? rewritten(head, index) : '';
          break;
        case known.VIA:
        case known.DATE:
          line = rewritten(head, index);
          break;
        case known.X_FORWARDED_PROTO:
        case known.X_FORWARDED_HOST:
        case known.CLAIMED_ORIGIN:
          line = origin.trusted ? rewritten(head, index) : '';
          break;
        default:
          // Hop-by-hop; and X-Forwarded-For and Forwarded, which `origin` writes as one line each.
          line = '';
      }
    }
    if (start > runStart) out += text.slice(runStart, start);
    out += line;
    runStart = end;
  }
  if (end > runStart) out += text.slice(runStart, end);
  // The pod is asked in HTTP/1.1, which wants a Host, if an empty one (RFC 9112 3.2).
  if (!head.hasHost) out += `Host: ${head.authority}\r\n`;
  out += origin.fields(head);
  if (requestId !== '') out += `X-Request-Id: ${requestId}\r\n`;
  // RFC 9110 10.1.4: whoever sends TE names it in Connection.
  if (hasTe) out += 'TE: trailers\r\n';
  if (upgrade !== '') out += `Connection: Upgrade${hasTe ? ', TE' : ''}\r\nUpgrade: ${upgrade}\r\n`;
  else if (hasTe) out += 'Connection: TE\r\n';
  return `${out}\r\n`;
}

function rewritten(head: RequestHead, index: number): string {
  const { text, lines } = head;
  if (lines.isCanonical(index)) return text.slice(lines.nameStart(index), lines.lineEnd(index));
  const name = text.slice(lines.nameStart(index), lines.nameEnd(index));
  return `${name}: ${text.slice(lines.valueStart(index), lines.valueEnd(index))}\r\n`;
}

function hasTrailersToken(value: string): boolean {
  return value.split(',').some((coding) => coding.trim().toLowerCase() === 'trailers');
}

/** Those of the protocols in an Upgrade value that may be upgraded to, in the client's order; empty for none. */
export function allowedUpgrades(value: string, allowed: ReadonlySet<string>): string {
  return value
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => allowed.has(protocol))
    .join(', ');
}
