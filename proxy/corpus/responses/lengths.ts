/** Content-Length and Transfer-Encoding of pods. */
import { EMPTY, HEAD, LAST, ok, passes, type ResponseCase, refuses } from '../response-case.ts';

const EVERY_REPEATED = 'any repeated or list Content-Length is a fault (HTTP.md, Parsing)';
const GO_ERRORS = 'go response_test: TestReadResponseErrors';

function badLength(value: string, from: string, rest: { against?: string } = {}): ResponseCase {
  return refuses(`a length of ${JSON.stringify(value)}`, from, ok(`Content-Length: ${value}\r\n`, 'hi'), rest);
}

const contentLengths: readonly ResponseCase[] = [
  passes(
    'a length',
    'go response_test: 206 Partial Content',
    'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-5/1862\r\nContent-Length: 6\r\n\r\nfoobar',
  ),
  passes('a length of 0', 'go response_test: explicit Content-Length of 0', ok(EMPTY)),
  passes(
    'tabs around the length',
    'llhttp response/content-length: Tabs (surrounding)',
    ok('Content-Length:\t2\t\r\n', 'hi'),
    { client: ok('Content-Length: 2\r\n', 'hi') },
  ),
  passes('zeros in front of the length', 'http-garden: OpenLiteSpeed 3', ok('Content-Length: 010\r\n', '0123456789'), {
    client: ok('Content-Length: 10\r\n', '0123456789'),
  }),
  passes(
    'a body that looks like a response',
    'llhttp response/connection: keep-alive disabled',
    ok('Content-Length: 19\r\n', 'HTTP/1.1 200 OK\r\n\r\n'),
  ),
  refuses('two different lengths', GO_ERRORS, ok('Content-Length: 10\r\nContent-Length: 7\r\n', 'Gopher hey')),
  refuses('two equal lengths', GO_ERRORS, ok('Content-Length: 7\r\nContent-Length: 7\r\n', 'Gophers'), {
    against: EVERY_REPEATED,
  }),
  refuses(
    '0 and another length',
    GO_ERRORS,
    'HTTP/1.1 201 OK\r\nContent-Length: 0\r\nContent-Length: 7\r\n\r\nGophers',
  ),
  refuses(
    '0 twice, once with a space',
    GO_ERRORS,
    'HTTP/1.1 300 OK\r\nContent-Length: 0\r\nContent-Length: 0 \r\n\r\nGophers',
    { against: EVERY_REPEATED },
  ),
  refuses('two empty lengths', GO_ERRORS, ok('Content-Length:\r\nContent-Length:\r\n', 'Gophers')),
  refuses(
    'an empty length and 0',
    GO_ERRORS,
    'HTTP/1.1 206 OK\r\nContent-Length:\r\nContent-Length: 0 \r\nConnection: close\r\n\r\nGophers',
  ),
  refuses(
    '204 with two different lengths',
    GO_ERRORS,
    'HTTP/1.1 204 OK\r\nContent-Length: 7\r\nContent-Length: 8\r\n\r\n',
  ),
  refuses(
    '204 with two equal lengths',
    GO_ERRORS,
    'HTTP/1.1 204 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n',
    { against: EVERY_REPEATED },
  ),
  refuses(
    '304 with two different lengths',
    GO_ERRORS,
    'HTTP/1.1 304 OK\r\nContent-Length: 880\r\nContent-Length: 1\r\n\r\n',
  ),
  refuses(
    '304 with two equal lengths',
    GO_ERRORS,
    'HTTP/1.1 304 OK\r\nContent-Length: 961\r\nContent-Length: 961\r\n\r\n',
    { against: EVERY_REPEATED },
  ),
  refuses('HEAD with two lengths', 'RFC 9112 6.3', ok('Content-Length: 1\r\nContent-Length: 2\r\n'), { request: HEAD }),
  badLength('', `${GO_ERRORS}: errEmptyCL`),
  badLength('0 , 0', 'h11 test_headers: content-length', { against: EVERY_REPEATED }),
  badLength('9223372036854775807', 'go transfer_test: ParseContentLength', {
    against: 'sizes end at 2^53-1 (HTTP.md, Parsing)',
  }),
  badLength('1000000000000000000000', 'llhttp request/content-length: overflow'),
  ...['+2', '-2', '0x2', '2x', '2 2', '1_0', '2.0', '1e1'].map((value) =>
    badLength(value, 'go transfer_test: ParseContentLength; http-garden'),
  ),
];
function badCoding(value: string, from: string, rest: { against?: string } = {}): ResponseCase {
  return refuses(`coding ${JSON.stringify(value)}`, from, ok(`Transfer-Encoding: ${value}\r\n`, LAST), rest);
}
const UNTIL_END = 'llhttp reads to the end of the connection; here the message is a fault (HTTP.md, Parsing)';

const codings: readonly ResponseCase[] = [
  passes('chunked in odd case', 'h11 test_headers: cHuNkEd', ok('Transfer-Encoding: cHuNkEd\r\n', LAST)),
  refuses(
    'both',
    'go response_test: Chunked response with Content-Length',
    ok('Transfer-Encoding: chunked\r\nContent-Length: 10\r\n', `0a\r\nBody here\n\r\n${LAST}`),
    {
      against: 'Go removes the length; a message with both is a fault (HTTP.md, Parsing)',
    },
  ),
  refuses('both, the other way round', 'RFC 9112 6.3', ok('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', LAST)),
  refuses('both, with HEAD', 'RFC 9112 6.3', ok('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'), {
    request: HEAD,
  }),
  refuses(
    'both, with 204',
    'RFC 9112 6.3',
    'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
  ),
  refuses(
    'an empty coding, then a length',
    'llhttp response/transfer-encoding: Empty with Content-Length',
    ok('Transfer-Encoding:\r\nContent-Length: 5\r\n', 'hello'),
  ),
  badCoding('', 'go transfer_test: ParseTransferEncoding'),
  badCoding('chunked, deflate', 'llhttp response/transfer-encoding: chunked before other', { against: UNTIL_END }),
  badCoding('chunkedchunked', 'llhttp response/transfer-encoding: chunkedchunked', { against: UNTIL_END }),
  badCoding('gzip, chunked', 'RFC 9112 6.1', { against: 'the client did not ask for it (TE is cut to trailers)' }),
  ...[
    'identity',
    'gzip',
    'bogus',
    ',chunked',
    'chunked,',
    'chunked, chunked',
    '"chunked"',
    'chunked;a',
    'xchunked',
  ].map((value) => badCoding(value, 'RFC 9112 6.1; HTTP Garden: TE.TE')),
  refuses(
    'two fields',
    'llhttp response/transfer-encoding: chunked is not the last one',
    ok('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', 'World'),
    { against: UNTIL_END },
  ),
  refuses(
    'another coding in HTTP/1.0',
    'go response_test: Issue 12785',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: bogus\r\n\r\nBody here\n',
    {
      against: 'Go ignores it; Transfer-Encoding in HTTP/1.0 is a fault (RFC 9112 6.1; HTTP.md, Parsing)',
    },
  ),
  refuses(
    'another coding and a length in HTTP/1.0',
    'go response_test: Issue 12785',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: bogus\r\nContent-Length: 10\r\n\r\nBody here\n',
    {
      against: 'Go ignores it; Transfer-Encoding in HTTP/1.0 is a fault (RFC 9112 6.1; HTTP.md, Parsing)',
    },
  ),
];

export const lengths: readonly ResponseCase[] = [...contentLengths, ...codings];
