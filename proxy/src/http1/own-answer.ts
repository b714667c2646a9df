/** Writes the proxy's own answers: failures as problem details (RFC 9457) or text, and pages. */
import { type Failure, failure, isFailureCode } from '@rouse/contract';

const REASONS = new Map([
  [200, 'OK'],
  [202, 'Accepted'],
  [204, 'No Content'],
  [400, 'Bad Request'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [413, 'Content Too Large'],
  [414, 'URI Too Long'],
  [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Gateway Timeout'],
  [505, 'HTTP Version Not Supported'],
  [508, 'Loop Detected'],
]);

/** Methods that are proxied, for 405 (RFC 9110 15.5.6) and for an OPTIONS that goes no further. */
export const ALLOW = 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n';

export interface OwnAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Further field lines, each with CRLF. */
  readonly fields: string;
  /** The failure wants the connection closed. */
  readonly closes: boolean;
}

/**
 * @param code of the failure table; one that an operator of another version has made up is a 503
 * @param accept the request's Accept: text for those who ask for text or HTML and not for JSON
 * @param requestId of X-Request-Id; empty where it has none
 */
export function failureAnswer(
  code: string,
  detail: string | undefined,
  accept: string | undefined,
  requestId = '',
): OwnAnswer {
  const row: Pick<Failure, 'code' | 'status' | 'title' | 'retryAfterS' | 'close'> = isFailureCode(code)
    ? failure(code)
    : { code, status: 503, title: 'Service unavailable' };
  const wanted = accept?.toLowerCase() ?? '';
  const asText = !wanted.includes('json') && (wanted.includes('text/plain') || wanted.includes('text/html'));
  const problem = {
    type: `https://rouse.dev/errors#${row.code}`,
    title: row.title,
    status: row.status,
    ...(detail === undefined ? {} : { detail }),
    ...(requestId === '' ? {} : { requestId }),
  };
  let fields = `x-rouse-error: ${row.code}\r\n`;
  if (row.retryAfterS !== undefined) fields += `Retry-After: ${row.retryAfterS}\r\n`;
  if (row.status === 405) fields += ALLOW;
  return {
    status: row.status,
    contentType: asText ? 'text/plain; charset=utf-8' : 'application/problem+json',
    body: asText
      ? `${row.title} (${row.code})${detail === undefined ? '' : `: ${detail}`}\n${requestId === '' ? '' : `request ${requestId}\n`}`
      : `${JSON.stringify(problem)}\n`,
    fields,
    closes: row.close === true,
  };
}

/** What an answer of the proxy says of the request it is for. @param requestId as in `failureAnswer` */
export function requestIdLine(requestId: string): string {
  return requestId === '' ? '' : `X-Request-Id: ${requestId}\r\n`;
}

/**
 * The whole answer as text of one character per byte.
 * @param connection field lines about the connection and the date, each with CRLF
 * @param withoutBody the request was HEAD
 */
export function ownAnswerText(answer: OwnAnswer, connection: string, withoutBody: boolean): string {
  const { status } = answer;
  const reason = REASONS.get(status) ?? '';
  let head = `HTTP/1.1 ${status} ${reason}\r\n`;
  if (status < 200 || status === 204 || status === 304) return `${head}${answer.fields}${connection}\r\n`;
  const body = Buffer.from(answer.body).toString('latin1');
  head += `Content-Type: ${answer.contentType}\r\nContent-Length: ${body.length}\r\nCache-Control: no-store\r\n`;
  return `${head}${answer.fields}${connection}\r\n${withoutBody ? '' : body}`;
}
