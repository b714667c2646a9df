/** Status lines of pods. */
import { cuts, EMPTY, passes, type ResponseCase, refuses } from '../response-case.ts';

function line(text: string): string {
  return `${text}\r\n${EMPTY}\r\n`;
}
const INVALID = 'llhttp response/invalid';
const GO = 'go response_test: TestReadResponseErrors';
const RANGE = 'codes are 100 to 599 (RFC 9110 15)';

export const statusLines: readonly ResponseCase[] = [
  passes('a reason', `${GO}: 404 NOTFOUND`, line('HTTP/1.1 404 NOTFOUND')),
  passes('a reason of several words', 'llhttp response/sample: No headers and no body', line('HTTP/1.1 404 Not Found')),
  passes(
    'two spaces before the reason',
    `${INVALID}: Extra space between status code and reason`,
    line('HTTP/1.1 200  OK'),
  ),
  passes('no reason', 'llhttp response/sample: Empty reason phrase after space', line('HTTP/1.1 200 ')),
  passes('no reason and no space', 'llhttp response/sample: No reason phrase; h11 test_io', line('HTTP/1.1 301'), {
    client: line('HTTP/1.1 301 '),
  }),
  passes(
    'a reason beyond ASCII',
    'llhttp response/sample: Non ASCII in status line',
    line('HTTP/1.1 500 Ori\xebntatieprobleem'),
  ),
  passes('a tab in the reason', 'RFC 9112 4', line('HTTP/1.1 200 O\tK')),
  passes('HTTP/1.2', `${GO}: version`, line('HTTP/1.2 200 OK'), { client: line('HTTP/1.1 200 OK') }),
  passes('a code nobody knows', 'RFC 9110 15', line('HTTP/1.1 299 Odd')),
  passes('the highest code', 'RFC 9110 15', line('HTTP/1.1 599 Odd')),
  refuses('HTP', `${INVALID}: Incomplete HTTP protocol`, line('HTP/1.1 200 OK')),
  refuses('a digit more in front', `${INVALID}: Extra digit in HTTP major version`, line('HTTP/01.1 200 OK')),
  refuses('HTTP/11.1', `${INVALID}: Extra digit in HTTP major version #2`, line('HTTP/11.1 200 OK')),
  refuses('HTTP/1.01', `${INVALID}: Extra digit in HTTP minor version`, line('HTTP/1.01 200 OK')),
  refuses('a tab after the version', `${INVALID}: Tab after HTTP version`, line('HTTP/1.1\t200 OK')),
  refuses('CR in front', `${INVALID}: CR before response`, line('\rHTTP/1.1 200 OK')),
  refuses(
    'an empty line in front',
    'llhttp response/sample: Response starting with CRLF',
    line('\r\nHTTP/1.1 200 OK'),
    {
      against: 'only servers pass over an empty line (RFC 9112 2.2)',
    },
  ),
  refuses('an empty line and nothing', 'h11 test_connection: empty_response', '\r\n'),
  refuses('HTTP/5.6', `${INVALID}: Invalid HTTP version`, line('HTTP/5.6 200 OK')),
  refuses(
    'two spaces before the code',
    `${INVALID}: Extra space between HTTP version and status code`,
    line('HTTP/1.1  200 OK'),
  ),
  refuses(
    'two spaces before the code of HTTP/1.0',
    'go response_test: Issue 19989',
    line('HTTP/1.0  401 Unauthorized'),
    {
      against: 'one space (RFC 9112 4)',
    },
  ),
  refuses('RTSP', 'llhttp response/sample: RTSP response', line('RTSP/1.1 200 OK'), { against: 'pods speak HTTP' }),
  refuses('ICE', 'llhttp response/sample: ICE response', line('ICE/1.1 200 OK'), { against: 'pods speak HTTP' }),
  refuses('HTTPER', 'llhttp response/sample: Error on invalid response start', line('HTTPER/1.1 200 OK')),
  refuses('HTTP/0.9', 'llhttp response/sample: HTTP version 0.9', line('HTTP/0.9 200 OK'), {
    against: 'HTTP/1.x alone',
  }),
  ...['HTTP/1.100000000002', 'HTTP/1.-1', 'HTTP/A.B', 'HTTP/1', 'http/1.1', 'HTTP/2.0'].map((version) =>
    refuses(version, `${GO}: version`, line(`${version} 200 OK`)),
  ),
  ...[
    '20X Unknown',
    'abcd Unknown',
    '\xe4\xba\x8c\xe7\x99\xbe OK',
    ' Unknown',
    'c8 OK',
    '0x12d Moved Permanently',
    '20 OK',
    '00 OK',
    '-10 OK',
    '1000 OK',
    '-1 OK',
    '-200 OK',
    '2 OK',
    '200OK',
    '200\tOK',
    '2 0 OK',
    '+20 OK',
  ].map((status) => refuses(`a code of ${JSON.stringify(status)}`, `${GO}: status`, line(`HTTP/1.1 ${status}`))),
  ...['000 OK', '001 OK', '099 OK', '600 Done', '999 Done'].map((status) =>
    refuses(`a code of ${status}`, `${GO}: status`, line(`HTTP/1.1 ${status}`), { against: RANGE }),
  ),
  refuses('NUL in the reason', 'h11 test_io: reject_garbage_after_request_line', line('HTTP/1.0 200 OK\0xxxx')),
  refuses('CR in the reason', 'RFC 9112 2.2', line('HTTP/1.1 200 O\rK')),
  refuses('LF alone', `${INVALID}: Only LFs present and no body`, 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'),
  refuses(
    'LF alone, and a body',
    'llhttp response/sample: No carriage ret',
    'HTTP/1.1 200 OK\nContent-Type: text/html\nConnection: close\n\nthese headers',
  ),
  refuses(
    'LF alone, in h11 tolerated',
    'h11 test_io: delimited only with \\n',
    'HTTP/1.1 200 OK\nSomeHeader1: val1\nContent-Length: 0\n\n',
    {
      against: 'a bare LF is a fault (HTTP.md, Parsing)',
    },
  ),
  refuses('words', 'h11 test_connection: errors', 'gibberish\r\n\r\n'),
  refuses('a request', 'RFC 9112 2.1', 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n'),
  refuses('NUL, and no line end', 'h11 test_connection: early_detection_of_invalid_response', '\0'),
  refuses('a space, and no line end', 'h11 test_connection: early_detection_of_invalid_response', ' '),
  refuses('a letter off, and no line end', 'h11 test_connection: early_detection_of_invalid_response', 'HTTP/2'),
  refuses('a line of another protocol, and no empty line', 'Redis', '-ERR unknown command\r\n'),
  refuses('frames of HTTP/2', 'RFC 9113 3.4', '\0\0\x06\x04\0\0\0\0\0\0\x04\0\x10\0\0'),
  refuses('TLS', 'h11 test_connection: early_detection_of_invalid_response', '\x16\x03\x03\x00\x31'),
  refuses('nothing but FIN', `${GO}: empty`, '', { podEnds: true }),
  refuses('FIN in the status line', `${GO}: HTTP/1.1`, 'HTTP/1.1', { podEnds: true }),
  refuses('FIN in the head', `${GO}: Moved Permanently`, 'HTTP/1.1 301 Moved Permanently\r\nFoo: bar', {
    podEnds: true,
  }),
  cuts(
    'FIN in the body',
    'go response_test: TestResponseContentLengthShortBody',
    'HTTP/1.1 200 OK\r\nContent-Length: 123\r\n\r\nShort body.',
    { podEnds: true },
  ),
];
