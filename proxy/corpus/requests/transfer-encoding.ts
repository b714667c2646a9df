/** Transfer-Encoding of requests, alone and beside Content-Length: everything two parsers could read differently. */
import { chunked, get, HOST, passes, post, type RequestCase, refuses } from '../request-case.ts';

const LAST = '0\r\n\r\n';

function coding(value: string, body = LAST): string {
  return post(`Transfer-Encoding: ${value}\r\n`, body);
}
function badCoding(value: string, from: string, rest: { against?: string } = {}): RequestCase {
  return refuses(`coding ${JSON.stringify(value)}`, from, coding(value), 400, 'bad-framing', rest);
}

const alone: readonly RequestCase[] = [
  passes('chunked in odd case', 'h11 test_headers: cHuNkEd', coding('cHuNkEd'), { pod: [chunked(LAST)] }),
  passes(
    'white space around chunked',
    'PortSwigger, HTTP Desync Attacks',
    post('Transfer-Encoding:\t chunked \t\r\n', LAST),
    { pod: [chunked(LAST)] },
  ),
  passes('no space before chunked', 'PortSwigger, HTTP Desync Attacks', post('Transfer-Encoding:chunked\r\n', LAST), {
    pod: [chunked(LAST)],
  }),
  passes('TE is no coding of this message', 'RFC 9110 10.1.4', post('TE: chunked\r\nContent-Length: 2\r\n', 'hi'), {
    pod: [post('Content-Length: 2\r\n', 'hi')],
  }),
  badCoding('fugazi', 'go transfer_test: ParseTransferEncoding', {
    against: 'Go: 501; chunked is not last, so RFC 9112 6.3 wants 400',
  }),
  ...['', 'chunked, identity', 'chunked, chunked'].map((value) =>
    badCoding(value, 'go transfer_test: ParseTransferEncoding'),
  ),
  ...['foo-bar', 'unknown', '" chunked"'].map((value) =>
    badCoding(value, 'go serve_test: unsupported transfer encodings', {
      against: 'Go: 501; chunked is not last, so RFC 9112 6.3 wants 400',
    }),
  ),
  badCoding('gzip', 'h11 test_headers: transfer-encoding', {
    against: 'h11: 501; chunked is not last, so RFC 9112 6.3 wants 400',
  }),
  badCoding('pigeons', 'llhttp request/transfer-encoding: Ignoring pigeons'),
  badCoding('chunkedchunked', 'llhttp request/transfer-encoding: chunkedchunked'),
  badCoding('chunked, deflate', 'llhttp request/transfer-encoding: chunked before other names'),
  badCoding(',chunked', 'http-garden: Azure CDN 1, nghttpx 1, OpenBSD relayd 2'),
  ...[
    'chunked,',
    ', chunked',
    'chunked ,',
    'x chunked',
    'chunked x',
    "'chunked'",
    'chunked;q=1',
    'chunke',
    'chunked\\',
    'x, chunked, chunked',
    'identity',
    'identity,',
    'chunked, identity, chunked',
    'gzip;q="a, chunked',
  ].map((value) => badCoding(value, 'PortSwigger, HTTP Desync Attacks: TE.TE')),
  ...['\xa0chunked', 'chunked\xa0', '\x85chunked'].map((value) => badCoding(value, 'HTTP Garden: TE.TE')),
  ...['\vchunked', 'chunked\v', '\fchunked', '\x01chunked', 'chunked\0', '\x7fchunked'].map((value) =>
    refuses(
      `coding ${JSON.stringify(value)}`,
      'go transfer_test: \\x0bchunked; HTTP Garden: TE.TE',
      coding(value),
      400,
      'bad-request',
    ),
  ),
  ...[
    'deflate, chunked',
    'gzip, chunked',
    'identity, chunked',
    'gzip,chunked',
    'gzip , deflate , chunked',
    'chunk, chunked',
  ].map((value) =>
    refuses(
      `coding ${JSON.stringify(value)}`,
      'llhttp request/transfer-encoding: chunked as last',
      coding(value),
      501,
      'unknown-coding',
      {
        against: 'another coding would have to be undone to be checked: 501 (RFC 9112 6.1)',
      },
    ),
  ),
  refuses(
    'two fields, chunked last',
    'llhttp request/transfer-encoding: chunked as last (multiple headers)',
    post('Transfer-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n', LAST),
    400,
    'bad-framing',
    {
      against: 'any Transfer-Encoding but a sole chunked is refused (HTTP.md, Parsing)',
    },
  ),
  refuses(
    'two fields, chunked first',
    'llhttp request/transfer-encoding: chunked and duplicate',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: deflate\r\n', LAST),
    400,
    'bad-framing',
  ),
  refuses(
    'chunked twice',
    'http-garden: Pound 1',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', LAST),
    400,
    'bad-framing',
  ),
  refuses(
    'three fields',
    'go transfer_test: ParseTransferEncoding',
    post('Transfer-Encoding: chunked, chunked\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n', LAST),
    400,
    'bad-framing',
  ),
  refuses(
    'identity after chunked',
    'HTTP Garden: TE.TE',
    post('Transfer-Encoding: chunked\r\ntransfer-encoding: identity\r\n', LAST),
    400,
    'bad-framing',
  ),
  refuses(
    'chunked after an empty one',
    'HTTP Garden: TE.TE',
    post('Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n', LAST),
    400,
    'bad-framing',
  ),
  refuses(
    'chunked in HTTP/1.0',
    'HTTP Garden: TE in HTTP/1.0',
    `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${LAST}`,
    400,
    'bad-framing',
  ),
  refuses(
    'chunked in HTTP/1.0 that keeps the connection',
    'RFC 9112 6.1',
    `POST / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${LAST}`,
    400,
    'bad-framing',
  ),
  refuses(
    'a name with a space at its end',
    'PortSwigger, HTTP Desync Attacks: TE.TE',
    post('Transfer-Encoding : chunked\r\n', LAST),
    400,
    'bad-request',
  ),
  refuses(
    'a name with a tab at its end',
    'PortSwigger, HTTP Desync Attacks: TE.TE',
    post('Transfer-Encoding\t: chunked\r\n', LAST),
    400,
    'bad-request',
  ),
  refuses(
    'a name with a space before it',
    'PortSwigger, HTTP Desync Attacks: TE.TE',
    post(' Transfer-Encoding: chunked\r\n', LAST),
    400,
    'bad-request',
  ),
  refuses(
    'behind LF',
    'PortSwigger, HTTP Desync Attacks: TE.TE',
    post('X: X\nTransfer-Encoding: chunked\r\n', LAST),
    400,
    'bad-request',
  ),
  refuses(
    'LF before chunked',
    'PortSwigger, HTTP Desync Attacks: TE.TE',
    post('Transfer-Encoding:\nchunked\r\n', LAST),
    400,
    'bad-request',
  ),
  refuses(
    'a name with CR in it',
    'HTTP Garden: TE.TE',
    post('Transfer\rEncoding: chunked\r\n', LAST),
    400,
    'bad-request',
  ),
];

const both: readonly RequestCase[] = [
  refuses(
    'chunked, then a length',
    'go readrequest_test: bogus Content-Length; HTTP Garden: TE.CL',
    post('Transfer-Encoding: chunked\r\nContent-Length: 9999\r\n', `3\r\nfoo\r\n${LAST}`),
    400,
    'bad-framing',
    {
      against: 'Go removes the length; a message with both is 400 (HTTP.md, Parsing)',
    },
  ),
  refuses(
    'a length, then chunked',
    'http-garden: OpenBSD relayd 8; HTTP Garden: CL.TE',
    post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', LAST),
    400,
    'bad-framing',
  ),
  refuses(
    'chunked, and a length that is no number',
    'go readrequest_test: invalid Content-Length',
    post('Transfer-Encoding: chunked\r\nContent-Length: notdigits\r\n', LAST),
    400,
    'bad-framing',
  ),
  refuses(
    'a length that is no number, then chunked',
    'http-garden: Squid 1, H2O 5',
    post('Content-Length: blahblahblah\r\nTransfer-Encoding: chunked\r\n', `1\r\nZ\r\n${LAST}`),
    400,
    'bad-framing',
  ),
  refuses(
    'an empty coding, then a length',
    'llhttp request/transfer-encoding: Empty with Content-Length',
    post('Transfer-Encoding:\r\nContent-Length: 5\r\n', 'hello'),
    400,
    'bad-framing',
  ),
  refuses(
    'a length, then empty codings',
    'llhttp request/transfer-encoding: POST with empty',
    post(
      'Content-Length: 10\r\nTransfer-Encoding:\r\nTransfer-Encoding:\r\nTransfer-Encoding:\r\n',
      '2\r\nAA\r\n0\r\n',
    ),
    400,
    'bad-framing',
  ),
  refuses(
    'a length, then identity',
    'llhttp request/content-length: simultaneous',
    post('Content-Length: 1\r\nTransfer-Encoding: identity\r\n', 'W'),
    400,
    'bad-framing',
  ),
  refuses(
    'identity, then a length',
    'llhttp request/transfer-encoding: POST with both',
    post('Transfer-Encoding: identity\r\nContent-Length: 5\r\n', 'World'),
    400,
    'bad-framing',
  ),
  refuses(
    'a comma before chunked, and a length',
    'http-garden: OpenLiteSpeed 13',
    post('Transfer-Encoding: ,chunked\r\nContent-Length: 5\r\n', LAST),
    400,
    'bad-framing',
  ),
  refuses(
    'another coding with chunked, and a length',
    'HTTP Garden: CL.TE',
    post('Content-Length: 5\r\nTransfer-Encoding: gzip, chunked\r\n', LAST),
    400,
    'bad-framing',
  ),
  refuses(
    'length 0 and chunked',
    'HTTP Garden: CL.TE',
    post('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n', LAST),
    400,
    'bad-framing',
  ),
  refuses(
    'both with GET',
    'HTTP Garden: CL.TE',
    get('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n') + LAST,
    400,
    'bad-framing',
  ),
  refuses(
    'both in HTTP/1.0',
    'HTTP Garden: CL.TE',
    `POST / HTTP/1.0\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${LAST}`,
    400,
    'bad-framing',
  ),
];

export const transferEncoding: readonly RequestCase[] = [...alone, ...both];
