/** Makes streams of requests: mostly well-formed, often with one thing in them that should not be there. */
import { damaged } from './damage.ts';
import type { Random } from './random.ts';

const METHODS = ['GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH'];
const ODD_METHODS = ['CONNECT', 'TRACE', 'get', 'FROB', 'M-SEARCH', 'G@T', '', 'GET ', 'PRI'];
const TARGETS = ['/', '/', '/a', '/a?b=c', '/a/../b', '//a', '/%2e', '/a;b', '/?', "/!$&'()*+,=:@"];
const ODD_TARGETS = [
  'http://app.test/a',
  'http://app.test',
  'http://app.test:80?x',
  'https://[::1]:8080/',
  'HTTP://App.Test/',
  '*',
  'app.test:443',
  'http://u@app.test/',
  'http://',
  'http:///a',
  'ftp://a/',
  '/a#b',
  '/caf\xc3\xa9',
  '/a"<>^`{|}',
  'a',
  '?a',
  '',
  '/a b',
  '/\t',
  `/${'a'.repeat(200)}`,
];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'];
const ODD_VERSIONS = [
  'HTTP/1.2',
  'HTTP/1.9',
  'HTTP/2.0',
  'HTTP/0.9',
  'HTTP/3.0',
  'http/1.1',
  'HTTP/1',
  'HTTP/1.10',
  'HTP/1.1',
  '',
];
const HOSTS = ['app.test', 'app.test', 'App.Test:80', '127.0.0.1', '[::1]:80', 'a_b.test.'];
const ODD_HOSTS = ['', 'a b', 'a,b', 'u@a', 'a/b', '[::1', 'a:b', 'a:65536', '::1', 'a%zz', 'caf\xe9'];
const FIELDS = [
  'Accept: */*',
  'Accept:text/html',
  'X-A:  1 ',
  'X-A: 2',
  'x-empty:',
  'X-Tab:\t\ta\tb\t',
  'Cookie: a=b; c=d',
  'X-Obs: \xe9\xff',
  'Connection: keep-alive',
  'Connection: close',
  'Connection: X-A, x-b',
  'Connection: Host, Cookie',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'Keep-Alive: timeout=5',
  'Proxy-Connection: keep-alive',
  'TE: trailers, deflate',
  'Expect: 100-continue',
  'Max-Forwards: 1',
  'Via: 1.1 other',
  'X-Forwarded-For: 6.6.6.6',
  'Forwarded: for=6.6.6.6',
  'X_Real_IP: 6.6.6.6',
  'Trailer: X-T',
  'X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  "!#$%&'*+-.^_`|~: a",
  'Content-Length-X: 5',
  'Transfer_Encoding: chunked',
];
const ODD_FIELDS = [
  'X : a',
  ': a',
  'X',
  'X\xe9: a',
  'X: a\r\n b',
  ' X: a',
  'X: a\rY: b',
  'X: a\nY: b',
  'X: \0',
  'X: \x7f',
  'Host: other.test',
  'Content-Length: 0',
  'Transfer-Encoding: chunked',
  `X: ${'a'.repeat(1_200)}`,
  'X: a\r\n'.repeat(30).trimEnd(),
];
const ODD_LENGTHS = [
  '+3',
  '-3',
  '03',
  '3, 3',
  '0x3',
  '3 ',
  '',
  '3a',
  '1e1',
  '9007199254740992',
  '18446744073709551616',
  '3\t',
  ' 3',
  '3;',
];
const ODD_CODINGS = [
  'Chunked',
  ' chunked',
  'chunked ',
  'chunked, chunked',
  'gzip, chunked',
  'chunked, gzip',
  'identity',
  'gzip',
  '',
  ',chunked',
  'chunked,',
  'xchunked',
  '"chunked"',
  'chunked;a=b',
  '\vchunked',
];
const EXTENSIONS = [';a', ';a=b', ' ;a', ';a="b c"', ';', ';a="', ';=', ';\xe9', '; a = b', `;${'a'.repeat(60)}`];
const ODD_SIZES = [
  '0x1',
  '+1',
  '-1',
  ' 1',
  '1 ',
  '1_',
  'g',
  '',
  '20000000000000',
  '100000003',
  '10000000000000003',
  'ffffffffffffffff',
  `${'0'.repeat(20)}1`,
  `${'0'.repeat(40)}1`,
];
const TRAILERS = ['X-T: 1', 'X-T:2', 'Content-Length: 5', 'Host: a', 'x-forwarded-for: 6', 'Set-Cookie: a=b'];
const ODD_TRAILERS = ['X : 1', 'X', 'X: a\r\n b', 'X: a\nb', `X: ${'a'.repeat(150)}`, ': a'];
const BODIES = [
  '',
  'a',
  'abc',
  'hello world',
  '\r\n',
  '0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: evil\r\n\r\n',
  '\0\xff\x80',
  '5\r\nhello\r\n0\r\n\r\n',
];

function chunk(random: Random, data: string): string {
  const zeros = random.oneIn(6) ? '0'.repeat(random.below(10)) : '';
  const digits = data.length.toString(16);
  const size = random.oneIn(60) ? random.pick(ODD_SIZES) : zeros + (random.oneIn(4) ? digits.toUpperCase() : digits);
  return `${size}${random.oneIn(6) ? random.pick(EXTENSIONS) : ''}\r\n${data}\r\n`;
}

/** A chunked body, its trailers included. */
export function chunkedBody(random: Random): string {
  let body = '';
  for (let left = random.below(4); left > 0; left--) {
    const data = random.pick(BODIES);
    if (data !== '') body += chunk(random, data);
  }
  body += random.oneIn(10) ? '000\r\n' : '0\r\n';
  for (let left = random.oneIn(4) ? 1 + random.below(3) : 0; left > 0; left--) {
    body += `${random.pick(random.oneIn(16) ? ODD_TRAILERS : TRAILERS)}\r\n`;
  }
  return `${body}\r\n`;
}

/** Field lines that frame a body, and the body. */
export function framedBody(random: Random): { lines: string[]; body: string } {
  if (random.oneIn(2)) return { lines: [], body: '' };
  if (random.oneIn(30)) return { lines: ['Content-Length: 3', 'Transfer-Encoding: chunked'], body: '0\r\n\r\n' };
  if (random.oneIn(2)) {
    const body = random.pick(BODIES);
    if (random.oneIn(14)) return { lines: [`Content-Length: ${random.pick(ODD_LENGTHS)}`], body: 'abc' };
    return { lines: [`Content-Length: ${body.length}`], body };
  }
  const coding = random.oneIn(14) ? random.pick(ODD_CODINGS) : 'chunked';
  return { lines: [`Transfer-Encoding: ${coding}`], body: chunkedBody(random) };
}

/** Puts each of `more` somewhere among `lines`. */
export function mixed(random: Random, lines: readonly string[], more: readonly string[]): string[] {
  const all = [...lines];
  for (const line of more) all.splice(random.below(all.length + 1), 0, line);
  return all;
}

function request(random: Random): string {
  const method = random.pick(random.oneIn(40) ? ODD_METHODS : METHODS);
  const target = random.pick(random.oneIn(16) ? ODD_TARGETS : TARGETS);
  const version = random.pick(random.oneIn(40) ? ODD_VERSIONS : VERSIONS);
  const fields: string[] = [];
  for (let left = random.below(5); left > 0; left--) fields.push(random.pick(random.oneIn(60) ? ODD_FIELDS : FIELDS));
  const host = random.oneIn(60) ? [] : [`Host: ${random.pick(random.oneIn(40) ? ODD_HOSTS : HOSTS)}`];
  const { lines, body } = framedBody(random);
  const head = mixed(random, mixed(random, fields, host), lines);
  const before = random.oneIn(20) ? '\r\n' : '';
  return `${before}${method} ${target} ${version}\r\n${head.map((line) => `${line}\r\n`).join('')}\r\n${body}`;
}

/** One to four requests, one behind the other; a part of them damaged. */
export function requestStream(random: Random): string {
  let stream = '';
  for (let left = 1 + random.below(random.oneIn(2) ? 1 : 4); left > 0; left--) stream += request(random);
  return random.oneIn(4) ? damaged(random, stream) : stream;
}
