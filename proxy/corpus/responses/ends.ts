/** Where responses end that have no body, or none of a known length, and what follows them. */
import { chunked, EMPTY, HEAD, LAST, ok, passes, type ResponseCase } from '../response-case.ts';

const HELLO = `5\r\nhello\r\n${LAST}`;
const NO_CONTENT = 'HTTP/1.1 204 No content\r\n';

const bodiless: readonly ResponseCase[] = [
  passes('204', 'llhttp response/connection: HTTP/1.1 with 204 status', `${NO_CONTENT}\r\n`),
  passes(
    '204 and a response behind it',
    'llhttp response/connection: HTTP/1.1 with 204 status',
    `${NO_CONTENT}\r\n${ok(EMPTY)}`,
    { client: `${NO_CONTENT}\r\n`, kept: false },
  ),
  passes('204 with a body', 'go response_test: Unchunked HTTP/1.1 204', `${NO_CONTENT}\r\nBody should not be read!\n`, {
    client: `${NO_CONTENT}\r\n`,
    kept: false,
  }),
  passes('204 that announces a body', 'HTTP.md, Forwarding', `${NO_CONTENT}Content-Length: 4\r\n\r\n`, {
    client: `${NO_CONTENT}\r\n`,
    kept: false,
  }),
  passes('204 with length 0', 'RFC 9110 8.6', `${NO_CONTENT}Content-Length: 0\r\n\r\n`, {
    client: `${NO_CONTENT}\r\n`,
  }),
  passes('204 with chunks', 'RFC 9112 6.1', `${NO_CONTENT}Transfer-Encoding: chunked\r\n\r\n${LAST}`, {
    client: `${NO_CONTENT}\r\n`,
    kept: false,
  }),
  passes(
    '204 of HTTP/1.0 that keeps the connection',
    'llhttp response/connection: HTTP/1.0 with keep-alive and 204',
    'HTTP/1.0 204 No content\r\nConnection: keep-alive\r\n\r\n',
    { client: `${NO_CONTENT}\r\n` },
  ),
  passes(
    '204 with close',
    'llhttp response/connection: keep-alive disabled and 204',
    `${NO_CONTENT}Connection: close\r\n\r\n`,
    { client: `${NO_CONTENT}\r\n`, kept: false },
  ),
  passes('304 with a length', 'RFC 9110 15.4.5', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 961\r\n\r\n'),
  passes('304 with chunked', 'RFC 9112 6.1', 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n', {
    client: 'HTTP/1.1 304 Not Modified\r\n\r\n',
  }),
  passes('304 with a body', 'RFC 9110 15.4.5', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nbody', {
    client: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n',
    kept: false,
  }),
  passes(
    'HEAD with a length',
    'go response_test: Content-Length in response to a HEAD',
    ok('Content-Length: 256\r\n'),
    { request: HEAD },
  ),
  passes(
    'HEAD with chunked',
    'go response_test: Chunked response in response to a HEAD',
    ok('Transfer-Encoding: chunked\r\n'),
    { request: HEAD, client: ok('') },
  ),
  passes('HEAD with neither', 'go response_test: No Content-Length or Chunked in response to a HEAD', ok(''), {
    request: HEAD,
  }),
  passes(
    'HEAD with a body',
    'llhttp response/content-length: reset when no body is received',
    ok('Content-Length: 4\r\n', 'body'),
    { request: HEAD, client: ok('Content-Length: 4\r\n'), kept: false },
  ),
  passes(
    'HEAD with a response behind it',
    'llhttp response/content-length: reset when no body is received',
    ok('Content-Length: 123\r\n', ok('Content-Length: 456\r\n')),
    {
      request: HEAD,
      client: ok('Content-Length: 123\r\n'),
      kept: false,
    },
  ),
  passes('205 with length 0', 'RFC 9110 15.3.6', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n'),
  passes(
    'more than the length',
    'llhttp response/connection: keep-alive disabled, content-length',
    ok('Content-Length: 5\r\n', '2ad731e3-4dcd'),
    { client: ok('Content-Length: 5\r\n', '2ad73'), kept: false },
  ),
  passes('more than the last chunk', 'llhttp response/pipelining', chunked(`${HELLO}${ok(EMPTY)}`), {
    client: chunked(HELLO),
    kept: false,
  }),
  passes(
    'two responses to one request',
    'llhttp response/pipelining',
    ok('Content-Length: 3\r\n', 'AAA') + ok('Content-Length: 4\r\n', 'BBBB'),
    { client: ok('Content-Length: 3\r\n', 'AAA'), kept: false },
  ),
  passes('an empty line behind a response', 'RFC 9112 2.2', `${ok(EMPTY)}\r\n`, { client: ok(EMPTY), kept: false }),
];

function untilEnd(head: string, body: string): { podEnds: true; closes: true; client: string } {
  return { podEnds: true, closes: true, client: `${head}Connection: close\r\n\r\n${body}` };
}
const PLAIN_OK = 'HTTP/1.1 200 OK\r\n';

const toTheEnd: readonly ResponseCase[] = [
  passes(
    'no length',
    'go response_test: Unchunked HTTP/1.1 response',
    ok('', 'Body here\n'),
    untilEnd(PLAIN_OK, 'Body here\n'),
  ),
  passes(
    'no length, with close',
    'llhttp response/content-length: Response without Content-Length',
    ok('Connection: close\r\n', '<?xml?>'),
    untilEnd(PLAIN_OK, '<?xml?>'),
  ),
  passes(
    'no length in HTTP/1.0',
    'go response_test: Unchunked response without Content-Length',
    'HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nBody here\n',
    untilEnd(PLAIN_OK, 'Body here\n'),
  ),
  passes(
    'no length in HTTP/1.0 with keep-alive',
    'llhttp response/connection: EOF-terminated 200 status',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nHTTP/1.0 200 OK',
    untilEnd(PLAIN_OK, 'HTTP/1.0 200 OK'),
  ),
  passes(
    'no length, and a response as body',
    'llhttp response/connection: HTTP/1.1 with EOF-terminated 200',
    ok('', ok('')),
    untilEnd(PLAIN_OK, ok('')),
  ),
  passes('no body at all', 'llhttp response/sample: Empty body', ok(''), untilEnd(PLAIN_OK, '')),
  passes(
    'multipart/byteranges has no length of its own',
    'go response_test: issue 4767',
    'HTTP/1.1 206 Partial Content\r\nConnection: close\r\nContent-Type: multipart/byteranges; boundary=18a7\r\n\r\nsome body',
    untilEnd('HTTP/1.1 206 Partial Content\r\nContent-Type: multipart/byteranges; boundary=18a7\r\n', 'some body'),
  ),
  passes(
    'no reason in HTTP/1.0',
    'go response_test: Status line without a Reason-Phrase',
    'HTTP/1.0 303\r\n\r\n',
    untilEnd('HTTP/1.1 303 \r\n', ''),
  ),
  passes(
    'Upgrade offered, and a body',
    'llhttp response/connection: HTTP 200 response with Upgrade header',
    ok('Connection: upgrade\r\nUpgrade: h2c\r\n', 'body'),
    untilEnd(PLAIN_OK, 'body'),
  ),
];

export const ends: readonly ResponseCase[] = [...bodiless, ...toTheEnd];
