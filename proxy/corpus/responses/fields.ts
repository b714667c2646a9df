/** Field lines of pods, and the fields that end at this hop. */
import { EMPTY, HEAD, ok, passes, type ResponseCase, refuses } from '../response-case.ts';

function field(line: string): string {
  return ok(`${line}\r\n${EMPTY}`);
}
const FOLD = 'obs-fold is a fault (HTTP.md, Parsing)';

const read: readonly ResponseCase[] = [
  passes(
    'a tab and a space in front',
    'llhttp response/sample: Simple response',
    field('Header1: Value1\r\nHeader2:\t Value2'),
    { client: field('Header1: Value1\r\nHeader2: Value2') },
  ),
  passes(
    'Google 301',
    'llhttp response/sample: Google 301',
    `HTTP/1.1 301 Moved Permanently\r\nLocation: http://www.google.com/\r\nX-$PrototypeBI-Version: 1.6.0.3\r\nContent-Length:  4  \r\n\r\nbody`,
    {
      client: `HTTP/1.1 301 Moved Permanently\r\nLocation: http://www.google.com/\r\nX-$PrototypeBI-Version: 1.6.0.3\r\nContent-Length: 4\r\n\r\nbody`,
    },
  ),
  passes(
    'underscores',
    'llhttp response/sample: Underscore in header key',
    field('DCLK_imp: v7;x;114750856;0-0;0;~okv=;dcmt=text/xml;;~cs=o'),
  ),
  passes(
    'an empty field before another',
    'llhttp response/sample: bonjourmadame.fr',
    field('Pragma: \r\nLocation: http://www.bonjourmadame.fr/'),
  ),
  passes(
    'names with a letter lost',
    'llhttp response/sample: Spaces in header value',
    field('.et-Cookie: a=b; path=/\r\n_eep-Alive: timeout=45\r\n_onnection: Keep-Alive'),
  ),
  passes('white space at the end', 'h11 test_io: a a a a a', field('Foo: a a a a a '), {
    client: field('Foo: a a a a a'),
  }),
  passes('nothing', 'h11 test_io: Empty headers', field('Foo:'), { client: field('Foo: ') }),
  passes('nothing but white space', 'h11 test_io: Empty headers', field('Foo: \t \t '), { client: field('Foo: ') }),
  passes('a byte beyond ASCII', 'RFC 9110 5.5', field('X: \xe9\xff')),
  passes(
    'several cookies',
    'go reverseproxy_test: TestReverseProxy',
    field('Set-Cookie: flavor=chocolateChip\r\nSet-Cookie: size=big\r\nX-Multi-Value: foo\r\nX-Multi-Value: bar'),
  ),
  passes(
    'the fields of a message that it is not',
    'RFC 9110 7.6',
    field('Host: localhost\r\nExpect: 100-continue\r\nX-Forwarded-For: a\r\nServer: x'),
  ),
  refuses('a space in a name', 'llhttp response/sample: Spaces in header name', field('en-US Content-Type: text/xml')),
  refuses('a space before the colon', 'RFC 9112 5.1', field('X : a')),
  refuses('no name', 'RFC 9110 5.1', field(': a')),
  refuses('no colon', 'RFC 9112 5', field('Test')),
  refuses('a name beyond ASCII', 'RFC 9110 5.1', field('\xe9: a')),
  refuses(
    'a folded first line',
    'go response_test: leading space in header; llhttp: Invalid space after start line',
    ok(` Content-type: text/html\r\n${EMPTY}`),
  ),
  refuses(
    'a first line folded with a tab',
    'go response_test: leading tab in header',
    ok(`\tContent-type: text/html\r\n${EMPTY}`),
  ),
  refuses('a folded value', 'h11 test_io: obsolete line folding', field('Some: multi-line\r\n header\r\n\tnonsense'), {
    against: FOLD,
  }),
  refuses(
    'a fold after chunked',
    'llhttp response/transfer-encoding: Invalid OBS fold after chunked value',
    ok('Transfer-Encoding: chunked\r\n  abc\r\n', '5\r\nWorld\r\n0\r\n\r\n'),
  ),
  refuses('CR between fields', 'llhttp response/invalid: Headers separated by CR', field('Foo: 1\rBar: 2')),
  refuses('LF between fields', 'h11 test_io: mixed \\r\\n and \\n', field('SomeHeader1: val1\nSomeHeader2: val2'), {
    against: 'a bare LF is a fault (HTTP.md, Parsing)',
  }),
  refuses(
    'LF at the end of the head',
    'h11 test_io: \\n\\r\\n between headers and body',
    `HTTP/1.1 200 OK\r\n${EMPTY}SomeHeader: val\n\r\n`,
    {
      against: 'a bare LF is a fault (HTTP.md, Parsing)',
    },
  ),
  refuses(
    'CR and a letter where the head should end',
    'http-garden: Node.js 1',
    `HTTP/1.1 200 OK\r\n${EMPTY}\rX: a\r\n\r\n`,
  ),
  ...['\0', '\x01', '\v', '\x1b', '\x7f'].map((byte) =>
    refuses(`control character ${byte.charCodeAt(0)}`, 'RFC 9110 5.5', field(`X: a${byte}b`)),
  ),
];

const removed: readonly ResponseCase[] = [
  passes(
    'the fields Connection names go',
    'go reverseproxy_test: StripHeadersPresentInConnection',
    field(
      'Connection: Upgrade, X-Fake-Connection-Token\r\nConnection: X-Some-Conn-Header\r\nX-Some-Conn-Header: a\r\nX-Fake-Connection-Token: b',
    ),
    { client: ok(EMPTY) },
  ),
  passes(
    'an empty Connection before another',
    'go reverseproxy_test: StripEmptyConnection',
    field('Connection: \r\nConnection: X-Some-Conn-Header\r\nX-Some-Conn-Header: a'),
    { client: ok(EMPTY) },
  ),
  passes(
    'Upgrade that offers something',
    'llhttp response/connection: HTTP 200 response with Upgrade',
    ok('Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n', 'body'),
    { client: ok('Content-Length: 4\r\n', 'body') },
  ),
  passes(
    'Upgrade beside chunked',
    'llhttp response/connection: HTTP 200 with Upgrade and Transfer-Encoding',
    ok('Connection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n', '2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n'),
    {
      client: ok('Transfer-Encoding: chunked\r\n', '2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n'),
    },
  ),
  passes(
    'Proxy-Connection',
    'llhttp response/connection: Proxy-Connection',
    ok('Content-Length: 11\r\nProxy-Connection: close\r\n', 'hello world'),
    {
      client: ok('Content-Length: 11\r\n', 'hello world'),
      against: 'llhttp takes it for Connection; RFC 9112 C.2.2: it is not to be acted on',
    },
  ),
  passes(
    'Keep-Alive',
    'go response_test: gzip',
    ok(
      'Content-Encoding: gzip\r\nContent-Length: 3\r\nConnection: keep-alive\r\nKeep-Alive: timeout=7200\r\n',
      '\x1f\x8b\b',
    ),
    {
      client: ok('Content-Encoding: gzip\r\nContent-Length: 3\r\n', '\x1f\x8b\b'),
    },
  ),
  passes('a pod that keeps a connection for 1 s', 'HTTP.md, Retrying', ok(`${EMPTY}Keep-Alive: timeout=1\r\n`), {
    client: ok(EMPTY),
    kept: false,
  }),
  passes(
    'close',
    'llhttp response/connection: keep-alive disabled',
    ok('Content-Length: 5\r\nConnection: close\r\n', '2ad73'),
    { client: ok('Content-Length: 5\r\n', '2ad73'), kept: false },
  ),
  passes(
    'keep-alive and close in one field',
    'go response_test: Issue 8840',
    ok('Content-Length: 256\r\nConnection: keep-alive, close\r\n'),
    { request: HEAD, client: ok('Content-Length: 256\r\n'), kept: false },
  ),
  passes(
    'keep-alive and close in two fields',
    'go response_test: Issue 8840',
    ok('Content-Length: 256\r\nConnection: keep-alive\r\nConnection: close\r\n'),
    { request: HEAD, client: ok('Content-Length: 256\r\n'), kept: false },
  ),
  passes('HTTP/1.0', 'go response_test: Unchunked response with Content-Length', `HTTP/1.0 200 OK\r\n${EMPTY}\r\n`, {
    client: ok(EMPTY),
    kept: false,
  }),
  passes(
    'HTTP/1.0 that keeps the connection',
    'RFC 9112 9.3',
    `HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n${EMPTY}\r\n`,
    { client: ok(EMPTY) },
  ),
  passes(
    'HTTP/1.0 with keep-alive and close',
    'RFC 9112 9.3: close counts',
    `HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n${EMPTY}\r\n`,
    { client: ok(EMPTY), kept: false },
  ),
  passes(
    'Connection names Content-Length, which stays',
    'CVE-2022-31813',
    ok('Connection: content-length\r\nContent-Length: 2\r\n', 'hi'),
    { client: ok('Content-Length: 2\r\n', 'hi') },
  ),
];

export const responseFields: readonly ResponseCase[] = [...read, ...removed];
