/** Connection, the fields it names, how long a connection lasts, and several requests on one. */
import { get, HOST, passes, post, type RequestCase } from '../request-case.ts';

const PLAIN = get();

const named: readonly RequestCase[] = [
  passes(
    'the fields Connection names go',
    'go reverseproxy_test: StripHeadersPresentInConnection',
    get(
      'Connection: Upgrade, X-Fake-Connection-Token\r\nConnection: X-Some-Conn-Header\r\nX-Some-Conn-Header: a\r\nX-Fake-Connection-Token: b\r\n',
    ),
    { pod: [PLAIN] },
  ),
  passes(
    'an empty Connection before another',
    'go reverseproxy_test: StripEmptyConnection',
    get('Connection: \r\nConnection: X-Some-Conn-Header\r\nX-Some-Conn-Header: a\r\n'),
    { pod: [PLAIN] },
  ),
  passes(
    'names in odd case, with gaps',
    'h11 test_headers: connectiON',
    get('connectiON: fOo,, , BAR\r\nFoo: 1\r\nbar: 2\r\nbaz: 3\r\n'),
    { pod: [get('baz: 3\r\n')] },
  ),
  passes('the name stands after the field', 'RFC 9110 7.6.1', get('X-Late: 1\r\nConnection: x-late\r\n'), {
    pod: [PLAIN],
  }),
  passes(
    'a field named twice, and there twice',
    'RFC 9110 7.6.1',
    get('Connection: x-a, X-A\r\nX-A: 1\r\nx-a: 2\r\n'),
    { pod: [PLAIN] },
  ),
  passes('names that only begin alike', 'RFC 9110 7.6.1', get('Connection: X-Ho\r\nX-Hop: 1\r\nX-H: 2\r\n'), {
    pod: [get('X-Hop: 1\r\nX-H: 2\r\n')],
  }),
  passes(
    'TE is cut to trailers',
    'go reverseproxy_test: TestReverseProxy',
    get(
      'Connection: close, TE\r\nTe: foo\r\nTe: bar, trailers\r\nProxy-Connection: should be deleted\r\nUpgrade: foo\r\n',
    ),
    {
      pod: [get('TE: trailers\r\nConnection: TE\r\n')],
      closes: true,
    },
  ),
  passes(
    'what claims an origin goes',
    'go reverseproxy_test: RewriteStripsForwarded',
    get('Forwarded: x\r\nX-Forwarded-For: x\r\nX-Forwarded-Host: x\r\nX-Forwarded-Proto: x\r\n'),
    { pod: [PLAIN] },
  ),
  passes(
    'Keep-Alive goes',
    'llhttp request/sample: Firefox GET',
    get('Accept: text/html,*/*;q=0.8\r\nKeep-Alive: 300\r\nConnection: keep-alive\r\n'),
    { pod: [get('Accept: text/html,*/*;q=0.8\r\n')] },
  ),
  ...(
    [
      ['Host', ''],
      ['Content-Type', 'Content-Type: text/plain\r\n'],
      ['Content-Encoding', 'Content-Encoding: gzip\r\n'],
      ['Content-Range', 'Content-Range: bytes 0-1/2\r\n'],
      ['Content-MD5', 'Content-MD5: x\r\n'],
      ['Authorization', 'Authorization: Bearer a\r\n'],
      ['Cookie', 'Cookie: a=b\r\n'],
      ['traceparent', 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n'],
      ['Via', 'Via: 1.1 other\r\n'],
    ] as const
  ).flatMap(([name, line]) =>
    [name, name.toUpperCase()].map((spelling) =>
      passes(
        `Connection names ${spelling}, which stays`,
        'CVE-2022-31813, CVE-2024-45410',
        get(`Connection: close-not, ${spelling}\r\n${line}`),
        { pod: [get(line)] },
      ),
    ),
  ),
  passes(
    'Connection names Content-Length, which stays',
    'CVE-2022-31813',
    post('Connection: Content-Length\r\nContent-Length: 2\r\n', 'hi'),
    {
      pod: [post('Content-Length: 2\r\n', 'hi')],
    },
  ),
  passes(
    'Connection names Transfer-Encoding, which stays',
    'CVE-2022-31813',
    post('Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    {
      pod: [post('Transfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    },
  ),
  ...['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Real-IP', 'X-Forwarded-Port'].map(
    (name) =>
      passes(
        `Connection names ${name}, which this hop sets all the same`,
        'CVE-2022-31813, CVE-2024-45410',
        get(`Connection: ${name}\r\n`),
        { pod: [PLAIN] },
      ),
  ),
];

const lasting: readonly RequestCase[] = [
  passes('keep-alive', 'llhttp request/connection: Setting flag', get('Connection: keep-alive\r\n'), { pod: [PLAIN] }),
  passes(
    'two requests with keep-alive',
    'llhttp request/connection: Restarting',
    get('Connection: keep-alive\r\n').repeat(2),
    { pod: [PLAIN, PLAIN] },
  ),
  passes('close', 'llhttp request/connection: Setting flag on close', get('Connection: close\r\n'), {
    pod: [PLAIN],
    closes: true,
  }),
  passes('close in capitals', 'RFC 9110 7.6.1', get('Connection: CLOSE\r\n'), { pod: [PLAIN], closes: true }),
  passes(
    'close among others',
    'llhttp request/connection: Multiple tokens',
    get('Connection: close, token, upgrade, token, keep-alive\r\n'),
    { pod: [PLAIN], closes: true },
  ),
  passes(
    'close in a second field',
    'go response_test: Issue 8840',
    get('Connection: keep-alive\r\nConnection: close\r\n'),
    { pod: [PLAIN], closes: true },
  ),
  passes('closed is not close', 'RFC 9110 7.6.1', get('Connection: closed\r\n'), { pod: [PLAIN] }),
  passes(
    'Proxy-Connection says nothing',
    'llhttp response/connection: Proxy-Connection',
    get('Proxy-Connection: close\r\n'),
    {
      pod: [PLAIN],
      against: 'llhttp takes it for Connection; RFC 9112 C.2.2: it is not to be acted on',
    },
  ),
  passes(
    'nothing is read after close',
    'llhttp request/connection: CRLF between requests, explicit close',
    `${post('Content-Length: 4\r\nConnection: close\r\n', 'q=42')}\r\n${get()}`,
    {
      pod: [post('Content-Length: 4\r\n', 'q=42')],
      closes: true,
    },
  ),
  passes(
    'HTTP/1.0 ends with its answer',
    'llhttp request/connection: No restart when keep-alive is off (1.0)',
    `PUT /url HTTP/1.0\r\n${HOST}\r\nPUT /url HTTP/1.1\r\n${HOST}\r\n`,
    {
      pod: [`PUT /url HTTP/1.1\r\n${HOST}\r\n`],
      closes: true,
    },
  ),
  passes(
    'ApacheBench',
    'llhttp request/sample: Apache bench GET',
    'GET /test HTTP/1.0\r\nHost: 0.0.0.0:5000\r\nUser-Agent: ApacheBench/2.3\r\nAccept: */*\r\n\r\n',
    {
      pod: ['GET /test HTTP/1.1\r\nHost: 0.0.0.0:5000\r\nUser-Agent: ApacheBench/2.3\r\nAccept: */*\r\n\r\n'],
      closes: true,
    },
  ),
  passes(
    'HTTP/1.0 that keeps the connection',
    'RFC 9112 9.3',
    `GET / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`,
    { pod: [PLAIN] },
  ),
  passes(
    'HTTP/1.0 with keep-alive and close',
    'RFC 9112 9.3: close counts',
    `GET / HTTP/1.0\r\n${HOST}Connection: keep-alive, close\r\n\r\n`,
    { pod: [PLAIN], closes: true },
  ),
  passes(
    'HTTP/1.0 with a body',
    'h11 test_connection: POST / HTTP/1.0',
    `POST / HTTP/1.0\r\n${HOST}Content-Length: 10\r\n\r\n1234567890`,
    {
      pod: [post('Content-Length: 10\r\n', '1234567890')],
      closes: true,
    },
  ),
];

const UPGRADED = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';

const upgrades: readonly RequestCase[] = [
  passes(
    'an upgrade the pod declines',
    'llhttp request/connection: Upgrade GET request',
    get('Connection: Upgrade\r\nSec-WebSocket-Protocol: sample\r\nUpgrade: WebSocket\r\n'),
    {
      pod: [get(`Sec-WebSocket-Protocol: sample\r\n${UPGRADED}`)],
    },
  ),
  passes(
    'keep-alive and upgrade',
    'llhttp request/connection: Multiple tokens with LWS',
    get('Connection: keep-alive, upgrade\r\nUpgrade: WebSocket\r\n'),
    { pod: [get(UPGRADED)] },
  ),
  passes(
    'an upgrade to what nobody allowed',
    'llhttp request/connection: upgrade',
    `PUT /url HTTP/1.1\r\n${HOST}Connection: upgrade\r\nUpgrade: ws\r\n\r\n`,
    { pod: [`PUT /url HTTP/1.1\r\n${HOST}\r\n`] },
  ),
  passes(
    'an upgrade with a body',
    'llhttp request/connection: Upgrade POST request',
    post('Connection: Upgrade\r\nUpgrade: HTTP/2.0\r\nContent-Length: 15\r\n', 'sweet post body'),
    {
      pod: [post('Content-Length: 15\r\n', 'sweet post body')],
    },
  ),
  passes('websocket with a body is no upgrade', 'RFC 6455 4.1', post(`${UPGRADED}Content-Length: 2\r\n`, 'hi'), {
    pod: [post('Content-Length: 2\r\n', 'hi')],
  }),
  passes('Upgrade that Connection does not name', 'RFC 9110 7.8', get('Upgrade: websocket\r\n'), { pod: [PLAIN] }),
  passes(
    'h2c by upgrade',
    'HTTP Garden: h2c smuggling',
    get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'),
    { pod: [PLAIN] },
  ),
  passes(
    'h2c beside websocket',
    'HTTP Garden: h2c smuggling',
    get('Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n'),
    { pod: [get(UPGRADED)] },
  ),
];

const A = 'POST /aaa HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nAAA';
const B = 'PUT /bbb HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nBBBB';
const C = 'PATCH /ccc HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nCCCCC';

const several: readonly RequestCase[] = [
  passes('three with bodies', 'llhttp request/pipelining', A + B + C, { pod: [A, B, C] }),
  passes(
    'two with bodies and one without',
    'h11 test_connection: pipelining',
    `${A}${B}GET /3 HTTP/1.1\r\nHost: a.com\r\n\r\n`,
    { pod: [A, B, 'GET /3 HTTP/1.1\r\nHost: a.com\r\n\r\n'] },
  ),
  passes('three, an empty line before each', 'RFC 9112 2.2', `\r\n${A}\r\n${B}\r\n${C}`, { pod: [A, B, C] }),
  passes(
    'three to different hosts',
    'h11 test_connection: two hosts',
    `GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n`,
    {
      pod: ['GET /1 HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /2 HTTP/1.1\r\nHost: b\r\n\r\n'],
    },
  ),
];

export const connections: readonly RequestCase[] = [...named, ...lasting, ...upgrades, ...several];
