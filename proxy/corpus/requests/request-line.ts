/** Request lines: methods, versions, separators, and what stands before the line. */
import { get, HOST, passes, post, type RequestCase, refuses } from '../request-case.ts';

function versioned(version: string): string {
  return `GET / ${version}\r\n${HOST}\r\n`;
}

const OPEN_METHODS = 'methods are an open set of tokens (RFC 9110 16.1); the pod knows its own';

const methods: readonly RequestCase[] = [
  ...['REPORT', 'PATCH', 'PURGE', 'SEARCH', 'LINK', 'UNLINK', 'SOURCE', 'QUERY', 'MKCOL', 'PROPFIND'].map((method) =>
    passes(`${method}`, 'llhttp request/method', `${method} /file.txt HTTP/1.1\r\n${HOST}\r\n`),
  ),
  passes(
    'HEAD, which begins like HTTP/',
    'llhttp request/sample: method starting with H',
    `HEAD /url HTTP/1.1\r\n${HOST}\r\n`,
  ),
  passes('a method nobody knows', 'llhttp request/invalid: Invalid method', `MKCOLA / HTTP/1.1\r\n${HOST}\r\n`, {
    against: OPEN_METHODS,
  }),
  passes(
    'a method of RTSP in HTTP',
    'llhttp request/invalid: HTTP protocol and ANNOUNCE method',
    `ANNOUNCE /music HTTP/1.0\r\n${HOST}\r\n`,
    { against: OPEN_METHODS, pod: [`ANNOUNCE /music HTTP/1.1\r\n${HOST}\r\n`], closes: true },
  ),
  passes('a method in lower case is another method', 'RFC 9110 9.1', `get / HTTP/1.1\r\n${HOST}\r\n`),
  passes('a method of every sign of a token', 'RFC 9110 5.6.2', `!#$%&'*+-.^_\`|~09AZaz / HTTP/1.1\r\n${HOST}\r\n`),
  refuses(
    'CONNECT',
    'go readrequest_test: CONNECT with domain name',
    'CONNECT www.google.com:443 HTTP/1.1\r\n\r\n',
    405,
    'method-not-allowed',
    {
      against: 'CONNECT is not proxied',
    },
  ),
  refuses(
    'CONNECT to an address',
    'go readrequest_test: CONNECT with IP address',
    'CONNECT 127.0.0.1:6060 HTTP/1.1\r\n\r\n',
    405,
    'method-not-allowed',
    {
      against: 'CONNECT is not proxied',
    },
  ),
  refuses(
    'CONNECT with a path',
    'go readrequest_test: CONNECT for RPC',
    'CONNECT /_goRPC_ HTTP/1.1\r\n\r\n',
    405,
    'method-not-allowed',
    {
      against: 'CONNECT is not proxied',
    },
  ),
  refuses(
    'CONNECT to a host in which a request hides',
    'go readrequest_test: bad_connect_host',
    'CONNECT []%20%48%54%54%50%2f%31%2e%31%0a%4d%79%48%65%61%64%65%72%3a%20%31%32%33%0a%0a HTTP/1.0\r\n\r\n',
    405,
    'method-not-allowed',
  ),
  refuses(
    'CONNECT with data behind it',
    'llhttp request/method: CONNECT request',
    'CONNECT 0-home0.netscape.com:443 HTTP/1.0\r\nUser-agent: Mozilla/1.1N\r\n\r\nsome data\r\nand yet even more data',
    405,
    'method-not-allowed',
    { against: 'CONNECT is not proxied' },
  ),
  refuses(
    'TRACE with a body',
    'RFC 9110 9.3.8',
    `TRACE / HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nhi`,
    405,
    'method-not-allowed',
  ),
  refuses(
    'a method with separators',
    'http-garden: AIOHTTP 6',
    `G=":<>(e),[T];?" /get HTTP/1.1\r\n${HOST}\r\n`,
    400,
    'bad-request',
  ),
  refuses('a method with a colon', 'RFC 9110 5.6.2', `GET: / HTTP/1.1\r\n${HOST}\r\n`, 400, 'bad-request'),
  refuses('a method beyond ASCII', 'RFC 9110 5.6.2', `G\xc9T / HTTP/1.1\r\n${HOST}\r\n`, 400, 'bad-request'),
  refuses('NUL in the method', 'RFC 9110 5.6.2', `GE\0T / HTTP/1.1\r\n${HOST}\r\n`, 400, 'bad-request'),
];

const versions: readonly RequestCase[] = [
  refuses('ICE', 'llhttp request/invalid: ICE protocol and GET method', versioned('ICE/1.0'), 400, 'bad-request'),
  refuses(
    'a letter before HTTP',
    'llhttp request/invalid: ICE protocol, but not really',
    versioned('IHTTP/1.0'),
    400,
    'bad-request',
  ),
  refuses(
    'RTSP',
    'llhttp request/invalid: RTSP protocol and PUT method',
    `PUT /music RTSP/1.0\r\n${HOST}\r\n`,
    400,
    'bad-request',
  ),
  refuses('HTTP/5.6', 'llhttp request/invalid: Invalid HTTP version', versioned('HTTP/5.6'), 505, 'unknown-version'),
  refuses('no version, and no fields', 'llhttp request/sample: No HTTP version', 'GET /\r\n\r\n', 400, 'bad-request', {
    against: 'HTTP/0.9 has no place behind a proxy',
  }),
  refuses('HTTP/0.0', 'go request_test: ParseHTTPVersion', versioned('HTTP/0.0'), 505, 'unknown-version'),
  refuses('HTTP/0.9', 'go serve_test: TestServerValidatesHostHeader', versioned('HTTP/0.9'), 505, 'unknown-version'),
  refuses('HTTP/3.0', 'go serve_test: TestServerValidatesHostHeader', versioned('HTTP/3.0'), 505, 'unknown-version'),
  refuses(
    'the preface of HTTP/2 with another target',
    'go serve_test: TestServerValidatesHostHeader',
    'PRI / HTTP/2.0\r\n\r\n',
    505,
    'unknown-version',
  ),
  ...['HTTP', 'HTTP/', 'HTTP/one.one', 'HTTP/1.1/', 'HTTP/-1,0', 'HTTP/0,-1', 'HTTP/1,1', 'HTTP/+1.1', 'HTTP/1.+1'].map(
    (version) => refuses(`${version}`, 'go request_test: ParseHTTPVersion', versioned(version), 400, 'bad-request'),
  ),
  ...['HTTP/0000000001.1', 'HTTP/1.0000000001', 'HTTP/3.14', 'HTTP/12.3'].map((version) =>
    refuses(`${version}`, 'go request_test: ParseHTTPVersion', versioned(version), 400, 'bad-request'),
  ),
  refuses(
    'a minor version of two digits',
    'http-garden: AIOHTTP 5',
    `GET /test HTTP/1.32\r\n${HOST}\r\n`,
    400,
    'bad-request',
  ),
  refuses('a version that overflows', 'http-garden: Libevent 1', versioned('HTTP/4294967295.255'), 400, 'bad-request'),
  refuses('HTTPS', 'RFC 9112 2.3', versioned('HTTPS/1.1'), 400, 'bad-request'),
  refuses('Http', 'RFC 9112 2.3', versioned('Http/1.1'), 400, 'bad-request'),
  refuses('a digit beyond ASCII', 'RFC 9112 2.3', versioned('HTTP/1.\xb9'), 400, 'bad-request'),
  refuses(
    'words after the version',
    'h11 test_io: reject_garbage_after_response_line',
    `HEAD /foo HTTP/1.1 xxxxxx\r\n${HOST}\r\n`,
    400,
    'bad-request',
  ),
  refuses('a second version', 'RFC 9112 3', `GET / HTTP/1.1 HTTP/1.1\r\n${HOST}\r\n`, 400, 'bad-request'),
];

const separators: readonly RequestCase[] = [
  refuses(
    'LF between target and version',
    'http-garden: AIOHTTP 9',
    `GET /\nHTTP/1.1\r\n${HOST}\r\n`,
    400,
    'bad-request',
  ),
  ...(
    [
      ['CR', '\r'],
      ['VT', '\v'],
      ['FF', '\f'],
      ['TAB', '\t'],
      ['NEL', '\x85'],
      ['a no-break space', '\xa0'],
    ] as const
  ).flatMap(([name, space]) => [
    refuses(
      `${name} after the method`,
      'RFC 9112 3: lenient white space',
      `GET${space}/ HTTP/1.1\r\n${HOST}\r\n`,
      400,
      'bad-request',
    ),
    refuses(
      `${name} before the version`,
      'RFC 9112 3: lenient white space',
      `GET /${space}HTTP/1.1\r\n${HOST}\r\n`,
      400,
      'bad-request',
    ),
  ]),
  refuses('CR CR LF after the request line', 'RFC 9112 2.2', `GET / HTTP/1.1\r\r\n${HOST}\r\n`, 400, 'bad-request'),
  refuses('CR alone after the request line', 'RFC 9112 2.2', `GET / HTTP/1.1\r${HOST}\r\n`, 400, 'bad-request'),
  refuses('LF CR after the request line', 'RFC 9112 2.2', `GET / HTTP/1.1\n\r${HOST}\r\n`, 400, 'bad-request'),
  refuses('an empty method', 'RFC 9112 3', ` / HTTP/1.1\r\n${HOST}\r\n`, 400, 'bad-request'),
  refuses('nothing but words', 'h11 test_connection: errors', 'gibberish\r\n\r\n', 400, 'bad-request'),
  refuses('a response', 'RFC 9112 2.1', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 400, 'bad-request'),
  refuses(
    'only LFs',
    'llhttp request/invalid: Only LFs present',
    'POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n1\nA\n0\n\n',
    400,
    'bad-request',
  ),
];

const TLS = '\x16\x03\x01\x00\xa5';

const before: readonly RequestCase[] = [
  passes('an empty line in front', 'llhttp request/sample: Prefix newline', `\r\n${get()}`, { pod: [get()] }),
  passes('an empty line and nothing', 'h11 test_connection: empty_request', '\r\n', {
    pod: [],
    against: 'one empty line is passed over, whatever follows (RFC 9112 2.2)',
  }),
  passes(
    'an empty line after a body',
    'llhttp request/connection: CRLF between requests',
    `${post('Content-Length: 4\r\n', 'q=42')}\r\n${get()}`,
    {
      pod: [post('Content-Length: 4\r\n', 'q=42'), get()],
    },
  ),
  passes('an empty line after a request without a body', 'go serve_test: TestTCPConnectionCloses', `${get()}\r\n`, {
    pod: [get()],
  }),
  refuses(
    'two empty lines after a body',
    'go serve_test: TestTolerateCRLFBeforeRequestLine; llhttp too',
    `${post('Content-Length: 3\r\n', 'ABC')}\r\n\r\n${get()}`,
    400,
    'bad-request',
    {
      pod: [post('Content-Length: 3\r\n', 'ABC')],
      against: 'one empty line is passed over, no more (HTTP.md, Parsing)',
    },
  ),
  refuses('LF alone in front', 'RFC 9112 2.2', `\n${get()}`, 400, 'bad-request'),
  refuses('CR alone in front', 'llhttp response/invalid: CR before response', `\r${get()}`, 400, 'bad-request'),
  refuses('CR CR LF in front', 'RFC 9112 2.2', `\r\r\n${get()}`, 400, 'bad-request'),
  refuses('NUL in front', 'h11 test_connection: early_detection_of_invalid_request', '\0', 400, 'bad-request'),
  refuses('a space in front', 'h11 test_connection: early_detection_of_invalid_request', ' ', 400, 'bad-request'),
  refuses('TLS', 'h11 test_connection: early_detection_of_invalid_request', TLS, 400, 'bad-request'),
  refuses('a byte order mark in front', 'RFC 9112 2.2', `\xef\xbb\xbf${get()}`, 400, 'bad-request'),
  refuses(
    'surplus after a chunked body',
    'http-garden: OpenBSD httpd 1',
    `${post('Transfer-Encoding: chunked\r\n', '0\r\n\r\n')}\0`,
    400,
    'bad-request',
    {
      pod: [post('Transfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    },
  ),
];

export const requestLine: readonly RequestCase[] = [...methods, ...versions, ...separators, ...before];
