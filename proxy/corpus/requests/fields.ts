/** Field lines: names, values, folding, and line ends. */
import { get, HOST, passes, post, type RequestCase, refuses } from '../request-case.ts';

const INVALID_IN_NAMES = [...'\t "(),/;<=>?@[\\]{}', '\0', '\x01', '\v', '\f', '\x7f', '\x80', '\x85', '\xa0', '\xff'];

const names: readonly RequestCase[] = [
  passes('a name of every sign of a token', 'http-garden: Bun 1', get("!#$%&'*+.^_`|~09AZaz-: a\r\n")),
  passes('a name of one letter', 'RFC 9110 5.1', get('x: a\r\n')),
  passes('underscores', 'llhttp response/sample: Underscore in header key', get('DCLK_imp: v7;x;114750856\r\n')),
  passes(
    'a name that begins with a dot',
    'llhttp response/sample: Spaces in header value',
    get('.et-Cookie: a=b\r\n_eep-Alive: timeout=45\r\n'),
  ),
  passes(
    'names that only begin like those of framing',
    'llhttp response/content-length: Content-Length-X',
    get('Content-Length-X: 5\r\nTransfer-Encodings: chunked\r\n'),
  ),
  ...INVALID_IN_NAMES.map((byte) =>
    refuses(
      `byte ${byte.charCodeAt(0)} in a name`,
      'http-garden: Apache Traffic Server 3; h11 test_headers',
      get(`Hea${byte}der: value\r\n`),
      400,
      'bad-request',
    ),
  ),
  refuses(
    'an at sign at the end of a name',
    'llhttp request/invalid: Invalid header token #1',
    get('Fo@: Failure\r\n'),
    400,
    'bad-request',
  ),
  refuses('no name', 'llhttp request/invalid: Invalid header token #3', get(': Bar\r\n'), 400, 'bad-request'),
  refuses(
    'no name, before Host',
    'http-garden: Go net/http 3',
    `GET / HTTP/1.1\r\n: ignored\r\n${HOST}\r\n`,
    400,
    'bad-request',
  ),
  refuses(
    'nothing but a colon',
    'http-garden: Mongoose 2, Node.js 3',
    get(':\r\nI: am chopped off\r\n'),
    400,
    'bad-request',
  ),
  refuses(
    'NEL at the end of Content-Length',
    'http-garden: Gunicorn 3',
    post('Content-Length\x85: 10\r\n', '0123456789'),
    400,
    'bad-request',
  ),
  refuses(
    'a no-break space at the end of Content-Length',
    'http-garden: Gunicorn 3',
    post('Content-Length\xa0: 10\r\n', '0123456789'),
    400,
    'bad-request',
  ),
  refuses('two spaces before the colon', 'h11 test_io: foo  : line', get('foo  : line\r\n'), 400, 'bad-request'),
  refuses('no colon', 'http-garden: OpenLiteSpeed 10', get('Test\r\nConnection: close\r\n'), 400, 'bad-request'),
  refuses(
    'a space instead of the colon',
    'http-garden: Mongoose 4',
    post('Content-Length 10\r\n', '0123456789'),
    400,
    'bad-request',
  ),
  refuses(
    'a name over two lines',
    'http-garden: Phusion Passenger 2',
    post('Transfer-\r\nEncoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
    400,
    'bad-request',
  ),
  refuses(
    'a name and a colon on the next line',
    'llhttp request/invalid: Illegal header field name line folding',
    get('name\r\n : value\r\n'),
    400,
    'bad-request',
  ),
  refuses('LF in a name', 'http-garden: OpenLiteSpeed 12', get('Te\nst: test\r\n'), 400, 'bad-request'),
  refuses(
    'CR in a name',
    'llhttp request/content-length: CR instead of dash',
    post('Content\rLength: 003\r\n', 'abc'),
    400,
    'bad-request',
  ),
  refuses(
    'CR at the end of a name',
    'llhttp request/invalid: Corrupted Connection header',
    get('Connection\r\x1b\x35\xd5eep-Alive\r\n'),
    400,
    'bad-request',
  ),
];

const values: readonly RequestCase[] = [
  passes('a space within', 'go serve_test: TestServerValidatesHeaders', get('foo: foo foo\r\n')),
  passes('a tab within', 'go serve_test: TestServerValidatesHeaders', get('foo: foo\tfoo\r\n')),
  passes('a byte beyond ASCII', 'go serve_test: TestServerValidatesHeaders', get('foo: foo\xfffoo\r\n')),
  passes('latin1 letters', 'llhttp request/sample: Extended Characters', get('Test: D\xfcsseldorf\r\n')),
  passes(
    'a tab and a space in front',
    'llhttp request/sample: Simple request',
    get('Header1: Value1\r\nHeader2:\t Value2\r\n'),
    {
      pod: [get('Header1: Value1\r\nHeader2: Value2\r\n')],
    },
  ),
  passes('no space after the colon', 'llhttp request/sample: DUMBPACK', get('aaaaaaaaaaaaa:++++++++++\r\n'), {
    pod: [get('aaaaaaaaaaaaa: ++++++++++\r\n')],
  }),
  passes('spaces at the end', 'h11 test_io: a a a a a', get('Foo: a a a a a \r\n'), {
    pod: [get('Foo: a a a a a\r\n')],
  }),
  passes('nothing', 'h11 test_io: Empty headers', get('Foo:\r\n'), { pod: [get('Foo: \r\n')] }),
  passes('nothing but white space', 'h11 test_io: Empty headers', get('Foo: \t \t \r\n'), { pod: [get('Foo: \r\n')] }),
  passes('colons', 'http-garden: CPython http.server 2', get('Visible: :/\r\nOther::) \r\n'), {
    pod: [get('Visible: :/\r\nOther: :)\r\n')],
  }),
  passes(
    'the same field twice',
    'llhttp request/method: LINK',
    get('Link: <http://example.com/a>; rel="tag"\r\nLink: <http://example.com/b>; rel="tag"\r\n'),
  ),
  ...['\0', '\x01', '\b', '\v', '\f', '\x0e', '\x1b', '\x1f', '\x7f'].map((byte) =>
    refuses(
      `control character ${byte.charCodeAt(0)}`,
      'go serve_test: TestServerValidatesHeaders; llhttp request/lenient-headers',
      get(`foo: foo${byte}foo\r\n`),
      400,
      'bad-request',
    ),
  ),
  refuses(
    'a control character in a cookie',
    'h11 test_io: allow_some_garbage_in_cookies',
    get('Cookie: ___utmvafIumyLc=kUd\x01UpAt\r\n'),
    400,
    'bad-request',
    {
      against: 'control characters are 400 (HTTP.md, Parsing)',
    },
  ),
  refuses(
    'NUL hides what follows',
    'http-garden: OpenLiteSpeed 9',
    get('Test: test\0THESE BYTES GET DROPPED\r\n'),
    400,
    'bad-request',
  ),
  refuses('LF, NUL and CR', 'http-garden: AIOHTTP 2', get('Header: v\n\0\ralue\r\n'), 400, 'bad-request'),
  refuses('LF, CR and NUL at the end', 'http-garden: Gunicorn 5', get('Test: x\n\r\0\r\n'), 400, 'bad-request'),
];

const lineEnds: readonly RequestCase[] = [
  refuses(
    'CR between fields',
    'llhttp request/invalid: Headers separated by CR',
    get('Foo: 1\rBar: 2\r\n'),
    400,
    'bad-request',
  ),
  refuses(
    'CR, and behind it a length',
    'http-garden: Mongoose 3',
    post('Whatever: whatever\rContent-Length: 10\r\n', '0123456789'),
    400,
    'bad-request',
  ),
  refuses(
    'CRs within a value',
    'http-garden: Google Cloud 1',
    get('Invalid-Header: this\rvalue\ris\rinvalid\r\n'),
    400,
    'bad-request',
  ),
  refuses(
    'LF between fields',
    'llhttp request/invalid: Headers separated by LF',
    post('x:x\nTransfer-Encoding: chunked\r\n', '1\r\nA\r\n0\r\n\r\n'),
    400,
    'bad-request',
  ),
  refuses(
    'CR after an empty value',
    'llhttp request/invalid: Empty headers separated by CR',
    post('x:\rTransfer-Encoding: chunked\r\n', '1\r\nA\r\n0\r\n\r\n'),
    400,
    'bad-request',
  ),
  refuses(
    'LF after an empty value',
    'llhttp request/invalid: Empty headers separated by LF',
    post('x:\nTransfer-Encoding: chunked\r\n', '1\r\nA\r\n0\r\n\r\n'),
    400,
    'bad-request',
  ),
  refuses(
    'LF hides a length',
    'llhttp request/invalid: Missing CR between headers',
    get('Dummy: x\nContent-Length: 23\r\n'),
    400,
    'bad-request',
  ),
  refuses(
    'CR and a letter where the head should end',
    'llhttp request/invalid: Headers separated by dummy characters; http-garden: Node.js 1',
    `GET / HTTP/1.1\r\n${HOST}\rZGET /evil: HTTP/1.1\r\n${HOST}\r\n`,
    400,
    'bad-request',
  ),
  refuses(
    'two LFs, and behind them a request',
    'http-garden: Gunicorn 2',
    get('Useless:\n\nGET / HTTP/1.1\r\n'),
    400,
    'bad-request',
  ),
  refuses(
    'LF throughout',
    'http-garden: OpenLiteSpeed 14',
    'GET / HTTP/1.1\nHost: whatever\nConnection: close\n\n',
    400,
    'bad-request',
  ),
  refuses('NUL and no colon', 'http-garden: OpenBSD relayd 5', get('a:b\r\nc\0\r\n'), 400, 'bad-request'),
  refuses('LF CR after a field', 'RFC 9112 2.2', get('X: a\n\r'), 400, 'bad-request'),
  refuses('CR LF LF at the end', 'RFC 9112 2.2', `GET / HTTP/1.1\r\n${HOST}X: a\r\n\n`, 400, 'bad-request'),
];

const folds: readonly RequestCase[] = [
  refuses(
    'a folded first line',
    'go readrequest_test: leading_space_in_header; llhttp: Invalid space after start line',
    'GET / HTTP/1.1\r\n Host: foo\r\n\r\n',
    400,
    'bad-request',
  ),
  refuses(
    'a first line folded with a tab',
    'go readrequest_test: leading_tab_in_header',
    'GET / HTTP/1.1\r\n\tHost: foo\r\n\r\n',
    400,
    'bad-request',
  ),
  refuses(
    'a folded length',
    'http-garden: AIOHTTP 4',
    `GET / HTTP/1.1\r\n\tContent-Length: 1\r\n${HOST}\r\nX`,
    400,
    'bad-request',
  ),
  refuses(
    'folded values',
    'h11 test_io: obsolete line folding; llhttp request/sample: Line folding',
    get('Some: multi-line\r\n header\r\n\tnonsense\r\n    \t   \t\tI guess\r\n'),
    400,
    'bad-request',
    {
      against: 'obs-fold is 400 (RFC 9112 5.2; HTTP.md, Parsing)',
    },
  ),
  refuses(
    'a certificate',
    'llhttp request/sample: X-SSL-Nonsense',
    get('X-SSL-Nonsense:   -----BEGIN CERTIFICATE-----\r\n\tMIIFbTCCBFWgAwIBAgICH4cw\r\n'),
    400,
    'bad-request',
    {
      against: 'obs-fold is 400 (RFC 9112 5.2; HTTP.md, Parsing)',
    },
  ),
  refuses(
    'a length in a fold',
    'llhttp request/invalid: Spaces before headers',
    post('Foo: bar\r\n Content-Length: 38\r\n', 'GET /bye HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    400,
    'bad-request',
  ),
  refuses(
    'a fold of nothing but a space',
    'llhttp request/sample: Line4',
    get('Line4: \r\n \r\nConnection:\r\n close\r\n'),
    400,
    'bad-request',
    {
      against: 'obs-fold is 400 (RFC 9112 5.2; HTTP.md, Parsing)',
    },
  ),
  refuses(
    'a fold after chunked',
    'llhttp request/transfer-encoding: Invalid OBS fold after chunked value',
    post('Transfer-Encoding: chunked\r\n  abc\r\n', '5\r\nWorld\r\n0\r\n\r\n'),
    400,
    'bad-request',
  ),
  refuses(
    'a fold in Connection',
    'llhttp request/connection: Multiple tokens with folding',
    get('Connection: Something,\r\n Upgrade, ,Keep-Alive\r\n'),
    400,
    'bad-request',
    {
      against: 'obs-fold is 400 (RFC 9112 5.2; HTTP.md, Parsing)',
    },
  ),
  refuses(
    'chunked in a fold',
    'HTTP Garden: obs-fold',
    post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n'),
    400,
    'bad-request',
  ),
];

export const fields: readonly RequestCase[] = [...names, ...values, ...lineEnds, ...folds];
