/** Content-Length of requests: everything two parsers could read differently. */
import { get, HOST, passes, post, type RequestCase, refuses } from '../request-case.ts';

function length(value: string, body = 'hi'): string {
  return post(`Content-Length: ${value}\r\n`, body);
}
function badLength(value: string, from: string, rest: { against?: string } = {}): RequestCase {
  return refuses(`a length of ${JSON.stringify(value)}`, from, length(value), 400, 'bad-framing', rest);
}

const EVERY_REPEATED = 'any repeated or list Content-Length is 400 (HTTP.md, Parsing)';

export const contentLength: readonly RequestCase[] = [
  passes('zeros in front', 'llhttp request/content-length: with zeroes', length('003', 'abc'), {
    pod: [length('3', 'abc')],
  }),
  passes('zeros in front are no octal', 'http-garden: OpenLiteSpeed 3', length('010', '0123456789'), {
    pod: [length('10', '0123456789')],
  }),
  passes(
    'fields after it',
    'llhttp request/content-length: with follow-up headers',
    post('Content-Length: 3\r\nOhai: world\r\n', 'abc'),
  ),
  passes(
    'white space around',
    'llhttp request/content-length: Spaces (surrounding)',
    post('Content-Length:  2 \r\n', 'hi'),
    { pod: [length('2')] },
  ),
  passes('tabs around', 'llhttp response/content-length: Tabs (surrounding)', post('Content-Length:\t2\t\r\n', 'hi'), {
    pod: [length('2')],
  }),
  passes(
    'a name in odd case, and HTTP/1.0',
    'llhttp request/content-length: Funky Content-Length with body',
    `GET /hello HTTP/1.0\r\n${HOST}conTENT-Length: 5\r\n\r\nHELLO`,
    {
      pod: [`GET /hello HTTP/1.1\r\n${HOST}conTENT-Length: 5\r\n\r\nHELLO`],
      closes: true,
    },
  ),
  passes('GET with a body', 'http-garden: OpenBSD relayd 6', `${get('Content-Length: 10\r\n')}1234567890`),
  passes(
    'a body that looks like a request',
    'HTTP Garden: 0.CL',
    `${get('Content-Length: 34\r\n')}GET /evil HTTP/1.1\r\nHost: evil\r\n\r\n`,
  ),
  passes(
    'HEAD with length 0',
    'go readrequest_test: HEAD with Content-Length 0',
    `HEAD / HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`,
  ),
  passes(
    'an obfuscated Expect hides no body',
    'HTTP desync 2025: 0.CL by Expect',
    post('Expect: y 100-continue\r\nContent-Length: 2\r\n', 'hi'),
  ),
  passes(
    'Expect is passed on',
    'go serve_test: TestIssue13893_Expect100',
    post('Expect: 100-continue\r\nContent-Length: 10\r\n', 'HelloWorld'),
  ),
  passes('a body to come', 'llhttp request/finish: incomplete PUT', length('100', 'abc'), {
    pod: [],
    partly: length('100', 'abc'),
    waits: true,
  }),
  passes('a head to come', 'llhttp request/finish: inside of the header', `PUT / HTTP/1.1\r\n${HOST}Content-Leng`, {
    pod: [],
    waits: true,
  }),
  ...['+3', '-3'].map((value) => badLength(value, 'go transfer_test: ParseContentLength')),
  badLength('', 'go transfer_test: ParseContentLength; http-garden: Puma 1, Lighttpd 1'),
  badLength('9223372036854775807', 'go transfer_test: ParseContentLength', {
    against: 'sizes end at 2^53-1 (HTTP.md, Parsing)',
  }),
  badLength('9223372036854775808', 'go transfer_test: ParseContentLength'),
  badLength('1000000000000000000000', 'llhttp request/content-length: overflow'),
  badLength('4 2', 'llhttp request/content-length: Spaces #2'),
  badLength('13 37', 'llhttp request/content-length: Spaces #3'),
  badLength('notdigits', 'go serve_test: TestServerValidatesHeaders'),
  ...['asdf', '1x'].map((value) => badLength(value, 'h11 test_headers: content-length')),
  badLength('0 , 0', 'h11 test_headers: content-length', { against: EVERY_REPEATED }),
  badLength('1 , 1,2', 'h11 test_headers: content-length'),
  badLength('+1_0', 'http-garden: Gunicorn 1, CPython http.server 1'),
  badLength('-48', 'http-garden: Mongoose 1'),
  badLength('1Z', 'http-garden: Mongoose 5'),
  badLength('1abc', 'http-garden: OpenLiteSpeed 2'),
  badLength('0x10', 'http-garden: Akamai CDN 1'),
  badLength('+0', 'http-garden: OpenBSD relayd 4'),
  badLength('-0', 'http-garden: OpenBSD relayd 4'),
  ...['2;', ',2', '2,', '2.', '.2', '"2"', '\xb2', '2\xa0', '0b10', '0o2', '2e0', 'Infinity', 'NaN', '2\\', '%32'].map(
    (value) => badLength(value, 'RFC 9110 8.6'),
  ),
  refuses(
    'two different',
    'go readrequest_test: smuggle_two_contentlen; http-garden: H2O 4',
    post('Content-Length: 3\r\nContent-Length: 4\r\n', 'abc'),
    400,
    'bad-framing',
  ),
  refuses(
    'two different with HEAD',
    'go readrequest_test: smuggle_two_content_len_head',
    `HEAD / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nContent-Length: 5\r\n\r\n1234`,
    400,
    'bad-framing',
  ),
  refuses(
    'two equal',
    'h11 test_headers: content-length',
    post('Content-Length: 0\r\nContent-Length: 0\r\n', ''),
    400,
    'bad-framing',
    { against: EVERY_REPEATED },
  ),
  refuses(
    'an empty one first',
    'http-garden: HAProxy 1 (CVE-2023-40225)',
    post('content-length: \r\ncontent-length: 59\r\n', 'POST /evil'),
    400,
    'bad-framing',
  ),
  refuses(
    '0, and behind it a request',
    'http-garden: OpenBSD relayd 7',
    post('Content-Length: 0\r\nContent-Length: 31\r\n', 'GET /evil HTTP/1.1\r\nHost: a\r\n\r\n'),
    400,
    'bad-framing',
  ),
];
