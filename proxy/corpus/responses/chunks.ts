/** Chunked responses of pods: sizes, extensions, line ends, trailers, and ends that come too early. */
import { breaks, chunked, cuts, LAST, ok, passes, type ResponseCase } from '../response-case.ts';

const HELLO = `5\r\nhello\r\n${LAST}`;

export const chunks: readonly ResponseCase[] = [
  passes('chunks', 'go response_test: Chunked response', chunked(`0a\r\nBody here\n\r\n09\r\ncontinued\r\n${LAST}`)),
  passes('one LF', 'llhttp response/sample: amazon.com', chunked(`1\r\n\n\r\n${LAST}`)),
  passes(
    'Content-Length-X',
    'llhttp response/content-length: Content-Length-X',
    ok('Content-Length-X: 0\r\nTransfer-Encoding: chunked\r\n', `2\r\nOK\r\n${LAST}`),
  ),
  passes(
    'extensions',
    'llhttp response/transfer-encoding: Chunk extensions',
    chunked(`5;ilovew3;somuchlove=aretheseparametersfor\r\nhello\r\n0\r\n\r\n`),
    { client: chunked(HELLO) },
  ),
  passes(
    'quoted extensions',
    'llhttp response/transfer-encoding: Chunk extensions quoting',
    chunked(`5;ilovew3="I love; extensions";blah;foo=bar\r\nhello\r\n${LAST}`),
    { client: chunked(HELLO) },
  ),
  passes(
    'a quote that is not closed',
    'llhttp response/transfer-encoding: Unbalanced chunk extensions quoting',
    chunked(`5;somuchlove="def; ghi\r\nhello\r\n${LAST}`),
    {
      client: chunked(HELLO),
      against: 'extensions are not interpreted, and never passed on',
    },
  ),
  passes(
    'nothing after the semicolon',
    'llhttp response/transfer-encoding: No extension after semicolon',
    chunked(`5;\r\nhello\r\n${LAST}`),
    {
      client: chunked(HELLO),
      against: 'extensions are not interpreted, and never passed on',
    },
  ),
  passes(
    'trailers',
    'go reverseproxy_test: X-Trailer',
    ok(
      'Trailer: X-Trailer\r\nTransfer-Encoding: chunked\r\n',
      '2\r\nhi\r\n0\r\nX-Trailer: a\r\nX-Unannounced: b\r\n\r\n',
    ),
  ),
  passes(
    'trailers that may not stand there',
    'RFC 9110 6.5.1',
    chunked('2\r\nhi\r\n0\r\nContent-Length: 5\r\nSet-Cookie: a=b\r\nX-A: 1\r\n\r\n'),
    { client: chunked('2\r\nhi\r\n0\r\nX-A: 1\r\n\r\n') },
  ),
  breaks(
    'spaces after the size',
    'llhttp response/transfer-encoding: Trailing space on chunked body',
    chunked('25  \r\nThis is the data in the first chunk\r\n\r\n'),
  ),
  breaks(
    'words after the size',
    'llhttp response/transfer-encoding: No semicolon before chunk extensions',
    chunked('2 erfrferferf\r\naa\r\n0 rrrr\r\n\r\n'),
  ),
  ...['Z', '-1', '+2', '0x2', '2_', 'ffffffffffffffff', '20000000000000', '', ' 2'].map((size) =>
    breaks(
      `a size of ${JSON.stringify(size)}`,
      'go chunked_test: TestParseHexUint; http-garden',
      chunked(`${size}\r\nhi\r\n${LAST}`),
    ),
  ),
  breaks('LF after the size', 'go chunked_test: bare LF in chunk size', chunked(`2\nhi\r\n${LAST}`)),
  breaks('LF in an extension', 'go chunked_test: bare LF in chunk extension', chunked(`2;\nhi\r\n${LAST}`)),
  breaks('LF after the data', 'go chunked_test: bare LF in chunk data', chunked(`2\r\nhi\n${LAST}`)),
  breaks('data longer than told', 'h11 test_io: bad chunk termination', chunked('2\r\nhi!\r\n')),
  breaks(
    'a trailer without a colon',
    'go serve_test: TestInvalidTrailerClosesConnection',
    chunked('2\r\nhi\r\n0\r\nno trailer\r\n\r\n'),
  ),
  breaks('a folded trailer', 'RFC 9112 5.2', chunked('2\r\nhi\r\n0\r\nX: a\r\n b\r\n\r\n')),
  cuts('FIN in a chunk', 'go chunked_test: TestIncompleteChunk', chunked('5\r\nhel'), { podEnds: true }),
  cuts('FIN before the last chunk', 'go chunked_test: TestIncompleteChunk', chunked('5\r\nhello\r\n'), {
    podEnds: true,
  }),
  cuts('FIN in the last chunk', 'go chunked_test: TestIncompleteChunk', chunked('5\r\nhello\r\n0\r\n'), {
    podEnds: true,
  }),
];
