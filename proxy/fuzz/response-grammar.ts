/** Makes streams of responses: mostly well-formed, often with one thing in them that should not be there. */
import { damaged } from './damage.ts';
import type { Random } from './random.ts';
import { framedBody, mixed } from './request-grammar.ts';

const STATUSES = [
  '200 OK',
  '200 OK',
  '200 OK',
  '201 ',
  '404 Not Found',
  '500 Ori\xebnt',
  '302 Found',
  '206 Partial Content',
  '204 No Content',
  '304 Not Modified',
];
const ODD_STATUSES = [
  '200',
  '200  OK',
  '99 X',
  '1000 X',
  '600 X',
  '20x OK',
  '',
  '200OK',
  '-10 X',
  '000 X',
  '999 X',
  ' 200 OK',
  '200 O\0K',
  '299 \xff',
];
const INTERIMS = ['100 Continue', '102 Processing', '103 Early Hints', '103 Early Hints', '199 X'];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'];
const ODD_VERSIONS = [
  'HTTP/1.2',
  'HTTP/2.0',
  'http/1.1',
  'HTTP/1',
  'HTTP/01.1',
  'HTTP/0.9',
  'ICE/1.1',
  'RTSP/1.0',
  '\r\nHTTP/1.1',
];
const FIELDS = [
  'Content-Type: text/html',
  'Server:x',
  'X-A:  1 ',
  'x-empty:',
  'X-Obs: \xe9\xff',
  'Set-Cookie: a=b',
  'Set-Cookie: c=d',
  'Date: Thu, 01 Jan 2026 00:00:00 GMT',
  'Connection: keep-alive',
  'Connection: close',
  'Connection: X-A',
  'Keep-Alive: timeout=5',
  'Proxy-Connection: close',
  'Upgrade: h2c',
  'Connection: upgrade',
  'Trailer: X-T',
  'Link: </a>; rel=preload',
  'Host: a',
  'Content-Length-X: 5',
];
const ODD_FIELDS = [
  'X : a',
  ': a',
  'X',
  'X: a\r\n b',
  'X: a\rY: b',
  'X: a\nY: b',
  'X: \0',
  'Content-Length: 0',
  'Transfer-Encoding: chunked',
  `X: ${'a'.repeat(1_200)}`,
];

function head(random: Random, statuses: readonly string[], lines: readonly string[]): string {
  const version = random.pick(random.oneIn(40) ? ODD_VERSIONS : VERSIONS);
  const status = random.pick(random.oneIn(40) ? ODD_STATUSES : statuses);
  const fields: string[] = [];
  for (let left = random.below(4); left > 0; left--) fields.push(random.pick(random.oneIn(60) ? ODD_FIELDS : FIELDS));
  return `${version} ${status}\r\n${mixed(random, fields, lines)
    .map((line) => `${line}\r\n`)
    .join('')}\r\n`;
}

function response(random: Random, method: string): string {
  let text = '';
  if (random.oneIn(8)) {
    for (let left = 1 + random.below(random.oneIn(6) ? 5 : 2); left > 0; left--) text += head(random, INTERIMS, []);
  }
  if (random.oneIn(60))
    text += head(random, ['101 Switching Protocols'], ['Connection: Upgrade', 'Upgrade: websocket']);
  let { lines, body } = framedBody(random);
  if (lines.length === 0 && !random.oneIn(6)) lines = ['Content-Length: 0'];
  const whole = head(random, STATUSES, lines);
  const isBodiless = method === 'HEAD' || /^[^ ]+ (?:204|304)/.test(whole);
  if (isBodiless && !random.oneIn(12)) body = '';
  return text + whole + body;
}

/** Responses to one to three requests, one behind the other, and the methods of those; a part of them damaged. */
export function responseStream(random: Random): { stream: string; methods: string[] } {
  const methods: string[] = [];
  let stream = '';
  for (let left = 1 + random.below(3); left > 0; left--) {
    const method = random.oneIn(6) ? 'HEAD' : 'GET';
    methods.push(method);
    stream += response(random, method);
  }
  return { stream: random.oneIn(4) ? damaged(random, stream) : stream, methods };
}
