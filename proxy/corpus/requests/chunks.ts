/** Chunked request bodies: sizes, extensions, line ends, trailers, and what follows the last chunk. */
import { chunked, get, HOST, passes, post, type RequestCase, refuses } from '../request-case.ts';

const HEAD = chunked('');
const LAST = '0\r\n\r\n';

function reads(name: string, from: string, body: string, relayed = body, rest: { against?: string } = {}): RequestCase {
  return passes(name, from, chunked(body), { pod: [chunked(relayed)], ...rest });
}

/** @param passedOn of the body, at most, before the fault */
function breaks(name: string, from: string, body: string, passedOn = '', rest: { against?: string } = {}): RequestCase {
  return refuses(name, from, chunked(body), 400, 'bad-request', { partly: HEAD + passedOn, ...rest });
}

const sizes: readonly RequestCase[] = [
  reads('a size in lower case', 'llhttp request/transfer-encoding: lowercase size', `a\r\n0123456789\r\n${LAST}`),
  reads('a size in upper case', 'llhttp request/transfer-encoding: uppercase size', `A\r\n0123456789\r\n${LAST}`),
  reads('a size in both', 'h11 test_io: aA', `aA\r\n${'x'.repeat(0xaa)}\r\n${LAST}`),
  reads('all your base', 'llhttp request/transfer-encoding: POST', `1e\r\nall your base are belong to us\r\n${LAST}`),
  reads(
    'three zeros at the end',
    'llhttp request/transfer-encoding: triple zero',
    '5\r\nhello\r\n6\r\n world\r\n000\r\n\r\n',
  ),
  reads('zeros in front', 'go response_test: Chunked response', `0a\r\nBody here\n\r\n09\r\ncontinued\r\n${LAST}`),
  reads('no data', 'h11 test_io: ChunkedReader', LAST),
  reads('sixteen zeros', 'go chunked_test: TestParseHexUint', '0000000000000000\r\n\r\n', LAST),
  reads('sixteen digits', 'go chunked_test: TestParseHexUint', `0000000000000001\r\na\r\n${LAST}`, `1\r\na\r\n${LAST}`),
  reads('seventeen zeros', 'go chunked_test: TestParseHexUint', '00000000000000000\r\n\r\n', LAST, {
    against: 'up to 32 digits are read; Go notes that it could accept these too',
  }),
  reads('data that is a request', 'HTTP Garden: TE.CL', `22\r\nGET /evil HTTP/1.1\r\nHost: evil\r\n\r\n\r\n${LAST}`),
  breaks('no size', 'http-garden: Go net/http 2, Hyper 1', '\r\n\r\n'),
  breaks('no size, and a request behind it', 'http-garden: Mongoose 6', '1\r\nZ\r\n\r\n\r\n', '1\r\nZ\r\n'),
  breaks(
    'an empty line before the last chunk',
    'http-garden: OpenLiteSpeed 15',
    `17\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\n\r\n${LAST}`,
    '17\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\n',
  ),
  breaks(
    'a missing last chunk',
    'llhttp request/transfer-encoding: Missing last-chunk',
    '3\r\nfoo\r\n\r\n',
    '3\r\nfoo\r\n',
  ),
  ...[
    'Z',
    'x',
    '000000000000bogus',
    'hax',
    '-0x0',
    '0x5',
    '0x2_e',
    '0_2e',
    '+5',
    '-5',
    '1these-bytes-never-get-validated',
    '5h',
    '5.',
    '5,',
    '5:',
    '"5"',
    '\xb9',
    '5_',
  ].map((size) =>
    breaks(
      `a size of ${size}`,
      'http-garden: AIOHTTP 1, Gunicorn 4, Akamai CDN 2, Apache Traffic Server 5, OpenBSD relayd 3; go chunked_test',
      `${size}\r\nhello\r\n${LAST}`,
    ),
  ),
  ...[
    'ffffffffffffffff',
    '10000000000000000',
    '8000000000000000',
    '20000000000000',
    '100000005',
    '9'.repeat(100),
    `${'0'.repeat(40)}5`,
  ].map((size) => {
    // 2^32 + 5 is a size like any other: it is its data that does not end where 32 bits would have it end.
    if (size === '100000005') {
      return passes('a size over 32 bits', 'HTTP Garden: chunk size overflow', chunked(`${size}\r\nhello\r\n${LAST}`), {
        pod: [],
        partly: `${HEAD}100000005\r\nhello\r\n0\r\n\r\n`,
        waits: true,
      });
    }
    return breaks(
      `a size of ${size.length} digits: ${size.slice(0, 20)}`,
      'go chunked_test: TestParseHexUint; h11 test_io; HTTP Garden: chunk size overflow',
      `${size}\r\nhello\r\n${LAST}`,
    );
  }),
  breaks('a space before the size', 'http-garden: Pound 3, OpenBSD relayd 9', ' 0\r\n\r\n'),
  breaks('a tab before the size', 'http-garden: Pound 3', '\t0\r\n\r\n'),
  breaks(
    'a space after the size',
    'llhttp request/transfer-encoding: Space after chunk header',
    `a \r\n0123456789\r\n${LAST}`,
  ),
  breaks('white space after the size', 'h11 test_io: 5   \\t', `5   \t \r\n01234\r\n${LAST}`, '', {
    against: 'BWS stands only before an extension (RFC 9112 7.1.1)',
  }),
  breaks('NUL after the size', 'h11 test_io: garbage in the chunk count', '10\0\r\nxxx'),
  breaks(
    'words after the size',
    'llhttp request/transfer-encoding: No semicolon before chunk extensions',
    '2 erfrferferf\r\naa\r\n0 rrrr\r\n\r\n',
  ),
  breaks(
    'LF after a space after the size',
    'llhttp request/transfer-encoding: Validate chunk parameters',
    '3 \n  \r\nfoo\r\n\r\n',
  ),
];

const lineEnds: readonly RequestCase[] = [
  breaks('LF after the size', 'go chunked_test: bare LF in chunk size', '1\na\r\n0\r\n'),
  breaks('CR CR LF after the size', 'go chunked_test: extra LF in chunk size', '1\r\r\na\r\n0\r\n'),
  breaks(
    'CR, CR and an extension',
    'http-garden: Node.js 2; llhttp: Chunk header not terminated by CRLF',
    `5\r\r;ABCD\r\n34\r\nE\r\n${LAST}`,
  ),
  breaks('CR and a space', 'HTTP Garden: chunk line ends', `5\r \nhello\r\n${LAST}`),
  breaks(
    'LF after the data',
    'go chunked_test: bare LF in chunk data; http-garden: HAProxy 3',
    `1\r\na\n${LAST}`,
    '1\r\na',
  ),
  breaks('CR alone after the data', 'h11 test_io: check both bytes', '3\r\nxxx\r_1a\r\n', '3\r\nxxx\r'),
  breaks('something and LF after the data', 'h11 test_io: check both bytes', '3\r\nxxx_\n1a\r\n', '3\r\nxxx'),
  breaks('anything after the data', 'h11 test_io: bad chunk termination', '3\r\nxxx__1a\r\n', '3\r\nxxx'),
  breaks(
    'nothing after the data',
    'llhttp request/transfer-encoding: Chunk data not terminated by CRLF',
    '5\r\nABCDE0\r\n\r\n',
    '5\r\nABCDE',
  ),
  breaks('data longer than told', 'go chunked_test: TestChunkReadPartial', '7\r\n1234567xx', '7\r\n1234567'),
  breaks('LF after the last chunk', 'http-garden: the grid of its README', '0\n\r\n'),
  breaks('LF at the end', 'HTTP Garden: chunk line ends', '0\r\n\n', '0\r\n'),
  breaks('CR and a letter at the end', 'http-garden: Puma 2', '0\r\n\rX', '0\r\n'),
];

const HELLO_WORLD = `5\r\nhello\r\n6\r\n world\r\n${LAST}`;

const extensions: readonly RequestCase[] = [
  reads(
    'names and values',
    'llhttp request/transfer-encoding: Chunk extensions',
    `5;ilovew3;somuchlove=aretheseparametersfor;another=withvalue\r\nhello\r\n6;blahblah;blah\r\n world\r\n${LAST}`,
    HELLO_WORLD,
  ),
  reads(
    'quoted values',
    'llhttp request/transfer-encoding: Chunk extensions quoting',
    `5;ilovew3="I \\"love\\"; \\\\extensions\\\\";blah;foo=bar\r\nhello\r\n6;blahblah;blah\r\n world\r\n${LAST}`,
    HELLO_WORLD,
  ),
  reads(
    'white space after the semicolon',
    'h11 test_io: chunk extensions',
    '5; hello=there\r\nxxxxx\r\n0; random="junk"; some=more; canbe=lonnnnngg\r\n\r\n',
    `5\r\nxxxxx\r\n${LAST}`,
  ),
  reads(
    'a token, a value, a quoted string',
    'go chunked_test: TestChunkReadingIgnoresExtensions',
    '7;ext="some quoted string"\r\nhello, \r\n17;someext\r\nworld! 0123456789abcdef\r\n0;someextension=sometoken\r\n\r\n',
    `7\r\nhello, \r\n17\r\nworld! 0123456789abcdef\r\n${LAST}`,
  ),
  reads('white space before the semicolon', 'RFC 9112 7.1.1', `5 \t;a\r\nhello\r\n${LAST}`, `5\r\nhello\r\n${LAST}`),
  reads(
    'nothing after the semicolon',
    'llhttp request/transfer-encoding: No extension after semicolon',
    `2;\r\naa\r\n${LAST}`,
    `2\r\naa\r\n${LAST}`,
    {
      against: 'extensions are not interpreted, and never passed on',
    },
  ),
  reads(
    'a quote that is not closed',
    'llhttp request/transfer-encoding: Unbalanced chunk extensions quoting',
    `5;ilovew3="abc";somuchlove="def; ghi\r\nhello\r\n6;blahblah;blah\r\n world\r\n${LAST}`,
    HELLO_WORLD,
    {
      against: 'extensions are not interpreted, and never passed on',
    },
  ),
  reads(
    'a size in the extension',
    'HTTP Garden: chunk extensions',
    `5;a=6\r\nhello\r\n${LAST}`,
    `5\r\nhello\r\n${LAST}`,
  ),
  reads(
    'bytes beyond ASCII',
    'HTTP Garden: chunk extensions',
    `5;\xe9\xff\r\nhello\r\n${LAST}`,
    `5\r\nhello\r\n${LAST}`,
  ),
  breaks('LF in an extension', 'go chunked_test: bare LF in chunk extension (CVE-2025-22871)', '1;\na\r\n0\r\n'),
  breaks('LF in an extension with a name', 'Funky Chunks: TERM.EXT', `2;a\nxx\r\n${LAST}`),
  breaks('LF in a quoted value', 'Funky Chunks: EXT.TERM', `2;a="\n"\r\nxx\r\n${LAST}`),
  breaks('CR LF in a quoted value', 'Funky Chunks: EXT.TERM', '2;a="\r\nxx";b\r\n', '2\r\nxx'),
  breaks('CR in an extension', 'HTTP Garden: chunk extensions', `2;a\rb\r\nxx\r\n${LAST}`),
  breaks('NUL in an extension', 'HTTP Garden: chunk extensions', `2;a\0\r\nxx\r\n${LAST}`),
  breaks(
    'CR before an extension',
    'http-garden: Akamai CDN 3, Apache Traffic Server 4, Google Cloud 2',
    `2\r\r;a\r\n02\r\n41\r\n${LAST}`,
  ),
  breaks('an extension without a size', 'RFC 9112 7.1', `;a\r\n${LAST}`),
];

function trailed(section: string): string {
  return `2\r\nhi\r\n0\r\n${section}\r\n`;
}

const trailers: readonly RequestCase[] = [
  reads(
    'a trailer',
    'go readrequest_test: chunked body with trailer',
    '3\r\nfoo\r\n3\r\nbar\r\n0\r\nTrailer-Key: Trailer-Value\r\n\r\n',
  ),
  reads(
    'trailers that may not stand there',
    'llhttp request/transfer-encoding: Trailing headers',
    trailed('Vary: *\r\nContent-Type: text/plain\r\nX-A: 1\r\n'),
    trailed('X-A: 1\r\n'),
  ),
  reads(
    'a length as trailer',
    'RFC 9110 6.5.1',
    trailed('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'),
    trailed(''),
  ),
  reads('Host as trailer', 'RFC 9110 6.5.1', trailed('Host: evil.test\r\n'), trailed('')),
  reads(
    'the origin as trailer',
    'HTTP.md, Forwarding',
    trailed('X-Forwarded-For: 6.6.6.6\r\nX_Real_IP: 6\r\nX-Forwarded-User: root\r\n'),
    trailed(''),
  ),
  reads(
    'a request line as trailer',
    'http-garden: Puma 2 (CVE-2023-40175)',
    '0\r\nX:POST / HTTP/1.1\r\n\r\n',
    '0\r\nX: POST / HTTP/1.1\r\n\r\n',
  ),
  breaks(
    'no trailer',
    'go serve_test: TestInvalidTrailerClosesConnection',
    "3\r\nhax\r\n0\r\nI'm not a valid trailer\r\n",
    '3\r\nhax\r\n0\r\n',
  ),
  breaks('a folded trailer', 'RFC 9112 5.2', trailed('X: a\r\n b\r\n'), '2\r\nhi\r\n0\r\n'),
  breaks('LF in a trailer', 'RFC 9112 2.2', trailed('X: a\nb: c\r\n'), '2\r\nhi\r\n0\r\n'),
  breaks('CR in a trailer', 'RFC 9112 2.2', trailed('X: a\rb: c\r\n'), '2\r\nhi\r\n0\r\n'),
  breaks('a space before the colon of a trailer', 'RFC 9112 5.1', trailed('X : a\r\n'), '2\r\nhi\r\n0\r\n'),
  breaks('NUL in a trailer', 'RFC 9110 5.5', trailed('X: \0\r\n'), '2\r\nhi\r\n0\r\n'),
];

const EVIL = 'POST /evil HTTP/1.1\r\nHost: evil.test\r\n';

const classics: readonly RequestCase[] = [
  passes(
    'a last chunk ends the body, whatever follows',
    'HTTP Garden: CL.TE',
    `${chunked(LAST)}${EVIL}Content-Length: 0\r\n\r\n`,
    {
      pod: [chunked(LAST), `${EVIL}Content-Length: 0\r\n\r\n`],
    },
  ),
  passes(
    'a length of which a chunked parser sees the end',
    'HTTP Garden: CL.TE',
    `${post('Content-Length: 5\r\n', LAST)}${get()}`,
    {
      pod: [post('Content-Length: 5\r\n', LAST), get()],
    },
  ),
  passes(
    'GET with a chunked body',
    'HTTP Garden: TE.0',
    `GET / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1\r\nZ\r\n${LAST}`,
  ),
  passes(
    'OPTIONS with a chunked body',
    'HTTP Garden: TE.0',
    `OPTIONS / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1\r\nZ\r\n${LAST}`,
  ),
  passes(
    'HEAD with a chunked body',
    'HTTP Garden: TE.0',
    `HEAD / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1\r\nZ\r\n${LAST}`,
  ),
  passes('chunks to come', 'go chunked_test: TestIncompleteChunk', chunked('4\r\nabcd\r\n5\r\nab'), {
    pod: [],
    partly: chunked('4\r\nabcd\r\n5\r\nab'),
    waits: true,
  }),
];

export const chunks: readonly RequestCase[] = [...sizes, ...lineEnds, ...extensions, ...trailers, ...classics];
