/** Responses before the final one, and upgrades. */
import { EMPTY, GET, HEAD, ok, passes, type ResponseCase, refuses } from '../response-case.ts';

const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n';
const WEBSOCKET = 'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n';

export const interim: readonly ResponseCase[] = [
  passes(
    '103 and 102',
    'go reverseproxy_test: Test1xxResponses',
    `${HINTS}HTTP/1.1 102 Processing\r\n\r\n${ok(EMPTY)}`,
  ),
  passes('100', 'h11 test_connection: 100 Continue', `HTTP/1.1 100 \r\n\r\n${ok(EMPTY)}`),
  passes('a code nobody knows', 'RFC 9110 15.2', `HTTP/1.1 199 Odd\r\nX: a\r\n\r\n${ok(EMPTY)}`),
  passes('lengths in it', 'RFC 9110 8.6', `HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nX: a\r\n\r\n${ok(EMPTY)}`, {
    client: `HTTP/1.1 103 Early Hints\r\nX: a\r\n\r\n${ok(EMPTY)}`,
  }),
  passes(
    'chunked in it',
    'RFC 9112 6.1',
    `HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\nX: a\r\n\r\n${ok(EMPTY)}`,
    { client: `HTTP/1.1 103 Early Hints\r\nX: a\r\n\r\n${ok(EMPTY)}` },
  ),
  passes('sixteen', 'HTTP.md, Parsing', HINTS.repeat(16) + ok(EMPTY)),
  passes('none for HTTP/1.0', 'RFC 9110 15.2', HINTS + ok(EMPTY), {
    request: 'GET / HTTP/1.0\r\nHost: app.test\r\nConnection: keep-alive\r\n\r\n',
    client: ok(`${EMPTY}Connection: keep-alive\r\n`),
  }),
  passes('before HEAD', 'RFC 9110 15.2', HINTS + ok('Content-Length: 5\r\n'), { request: HEAD }),
  refuses('seventeen', 'HTTP.md, Parsing', HINTS.repeat(17) + ok(EMPTY)),
  refuses('a malformed one', 'RFC 9112 2.2', `HTTP/1.1 103 Early Hints\r\nX : a\r\n\r\n${ok(EMPTY)}`),
  refuses('a malformed response behind one', 'RFC 9112 2.2', `${HINTS}HTTP/1.1 200 OK\nContent-Length: 0\n\n`),
  refuses(
    'both lengths in one',
    'RFC 9112 6.3',
    `HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${ok(EMPTY)}`,
  ),
  refuses(
    '101 that nobody asked for',
    'llhttp response/connection: HTTP 101 response with Upgrade and Content-Length',
    `${SWITCHING}Upgrade: h2c\r\nContent-Length: 4\r\n\r\nbodyproto`,
  ),
  refuses(
    '101 with chunks',
    'llhttp response/connection: HTTP 101 response with Upgrade and Transfer-Encoding',
    `${SWITCHING}Upgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n0\r\n\r\nproto`,
  ),
  refuses('101 to something else', 'HTTP.md, Forwarding', `${SWITCHING}Upgrade: h2c\r\n\r\n`, { request: WEBSOCKET }),
  refuses('101 to nothing', 'h11 test_io: 101 Upgrade', 'HTTP/1.1 101 Upgrade\r\n\r\n', { request: WEBSOCKET }),
  refuses('101 to two protocols', 'RFC 9110 7.8', `${SWITCHING}Upgrade: websocket, h2c\r\n\r\n`, {
    request: WEBSOCKET,
  }),
  refuses(
    '101 of HTTP/1.0',
    'RFC 9110 7.8',
    'HTTP/1.0 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    { request: WEBSOCKET },
  ),
  refuses('101 to HEAD', 'RFC 9110 7.8', `${SWITCHING}Upgrade: websocket\r\n\r\n`, { request: HEAD }),
  passes('a pod that declines an upgrade', 'RFC 9110 7.8', ok('Content-Length: 2\r\n', 'no'), { request: WEBSOCKET }),
  passes(
    '426',
    'RFC 9110 15.5.22',
    `HTTP/1.1 426 Upgrade Required\r\nConnection: upgrade\r\nUpgrade: websocket\r\n${EMPTY}\r\n`,
    {
      request: GET,
      client: `HTTP/1.1 426 Upgrade Required\r\n${EMPTY}\r\n`,
    },
  ),
];
