/** Host: missing, repeated, misspelt, and what hides in it. */
import { HOST, passes, type RequestCase, refuses } from '../request-case.ts';

function host(value: string): string {
  return `GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`;
}

const GO = 'go serve_test: TestServerValidatesHostHeader';
const TRICKS = 'HTTP Garden: Host tricks';

export const hosts: readonly RequestCase[] = [
  ...['1.2.3.4', 'foo.com', 'foo-bar_baz.com', 'foo.com:80', '[::1]', '[::1]:80'].map((value) =>
    passes(`${value}`, GO, host(value)),
  ),
  passes('signs of a registered name', 'llhttp request/sample: curl GET', host('0.0.0.0=5000')),
  passes('capitals stay', 'RFC 9110 4.2.3', host('App.TEST')),
  passes('a dot at the end stays', 'HTTP.md, Parsing', host('app.test.')),
  passes('an empty port stays', 'RFC 3986 3.2.3', host('app.test:')),
  passes('leading zeros in the port', 'RFC 3986 3.2.3', host('app.test:00080')),
  passes('an escape', 'RFC 3986 3.2.2', host('app%2etest')),
  passes('no space after the colon', 'RFC 9112 5', 'GET / HTTP/1.1\r\nHost:app.test\r\n\r\n', {
    pod: [host('app.test')],
  }),
  passes('a tab after the colon', 'RFC 9112 5', 'GET / HTTP/1.1\r\nHost:\tapp.test\t\r\n\r\n', {
    pod: [host('app.test')],
  }),
  passes('a name in capitals', 'h11 test_events: hOSt', 'GET / HTTP/1.1\r\nhOSt: app.test\r\n\r\n', {
    pod: ['GET / HTTP/1.1\r\nhOSt: app.test\r\n\r\n'],
  }),
  passes(
    'fields whose names only begin like it',
    TRICKS,
    `GET / HTTP/1.1\r\n${HOST}Hosts: a\r\nHost_: b\r\nX-Host: c\r\nHos: d\r\n\r\n`,
  ),
  passes('HTTP/1.0 without Host', GO, 'GET / HTTP/1.0\r\n\r\n', {
    pod: ['GET / HTTP/1.1\r\nHost: \r\n\r\n'],
    closes: true,
  }),
  refuses('no Host', 'h11 test_events: Missing Host', 'GET / HTTP/1.1\r\na: b\r\n\r\n', 400, 'bad-host'),
  refuses('no Host in HTTP/1.9', 'RFC 9112 3.2', 'GET / HTTP/1.9\r\n\r\n', 400, 'bad-host'),
  refuses('nothing in it', GO, 'GET / HTTP/1.1\r\nHost: \r\n\r\n', 400, 'bad-host', {
    against: 'it names no workload, and is invalid for http (RFC 9110 4.2.1)',
  }),
  refuses('IPv6 without brackets', GO, host('::1'), 400, 'bad-host', { against: 'RFC 3986 3.2.2 wants brackets' }),
  refuses('a zone', GO, host('[::1%25en0]:80'), 400, 'bad-host', {
    against: 'a zone means something on the sender alone (RFC 6874 1)',
  }),
  refuses('a control character', GO, host('\x06'), 400, 'bad-request'),
  refuses('a byte beyond ASCII', GO, host('\xff'), 400, 'bad-host'),
  refuses('an open brace', GO, host('{'), 400, 'bad-host'),
  refuses('a closing brace', GO, host('}'), 400, 'bad-host'),
  refuses('two different ones', GO, 'GET / HTTP/1.1\r\nHost: first\r\nHost: second\r\n\r\n', 400, 'bad-host'),
  refuses(
    'two equal ones',
    'h11 test_events: Multiple host',
    'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n',
    400,
    'bad-host',
  ),
  refuses(
    'two, the second misspelt',
    'llhttp request/lenient-host-header',
    'GET / HTTP/1.1\r\nhost: www.python.org\r\nHOST: llhttp.org\r\n\r\n',
    400,
    'bad-host',
  ),
  refuses(
    'two, far from each other',
    TRICKS,
    `GET / HTTP/1.1\r\n${HOST}${'X: a\r\n'.repeat(20)}${HOST}\r\n`,
    400,
    'bad-host',
  ),
  refuses('two in HTTP/1.0', GO, 'GET / HTTP/1.0\r\nHost: first\r\nHost: second\r\n\r\n', 400, 'bad-host'),
  refuses('a byte beyond ASCII in HTTP/1.0', GO, 'GET / HTTP/1.0\r\nHost: \xff\r\n\r\n', 400, 'bad-host'),
  refuses('one, and an empty one', TRICKS, `GET / HTTP/1.1\r\n${HOST}Host:\r\n\r\n`, 400, 'bad-host'),
  refuses('NUL in the middle', 'http-garden: HAProxy 2', host('google.com\0.kallus.org'), 400, 'bad-request'),
  refuses('a space before the colon', TRICKS, 'GET / HTTP/1.1\r\nHost : app.test\r\n\r\n', 400, 'bad-request'),
  refuses('a space before the name', TRICKS, 'GET / HTTP/1.1\r\n Host: app.test\r\n\r\n', 400, 'bad-request'),
  refuses('folded', TRICKS, 'GET / HTTP/1.1\r\nHost: app\r\n .test\r\n\r\n', 400, 'bad-request'),
  refuses('a second one folded away', TRICKS, `GET / HTTP/1.1\r\n${HOST}X: a\r\n Host: b\r\n\r\n`, 400, 'bad-request'),
  refuses('a comma', TRICKS, host('a.test,b.test'), 400, 'bad-host'),
  refuses('quotes', TRICKS, host('"app.test"'), 400, 'bad-host'),
  refuses('markup', TRICKS, host('<b>'), 400, 'bad-host'),
  refuses('a scheme', TRICKS, host('http://app.test'), 400, 'bad-host'),
  refuses('a path', TRICKS, host('app.test/@evil.test'), 400, 'bad-host'),
  refuses('a query', TRICKS, host('app.test?evil.test'), 400, 'bad-host'),
  refuses('a fragment', TRICKS, host('app.test#evil.test'), 400, 'bad-host'),
  refuses('a backslash', TRICKS, host('app.test\\evil.test'), 400, 'bad-host'),
  refuses('userinfo', TRICKS, host('user:secret@app.test'), 400, 'bad-host'),
  refuses('a tab in the middle', TRICKS, host('app.test\tevil.test'), 400, 'bad-host'),
  refuses('a space in the middle', TRICKS, host('app.test evil.test'), 400, 'bad-host'),
  refuses('two ports', TRICKS, host('app.test:80:81'), 400, 'bad-host'),
  refuses('a port with a sign', TRICKS, host('app.test:+80'), 400, 'bad-host'),
  refuses('a port in hexadecimal', TRICKS, host('app.test:0x50'), 400, 'bad-host'),
  refuses('a port of six digits', TRICKS, host('app.test:000080'), 400, 'bad-host'),
  refuses('a port alone', TRICKS, host(':80'), 400, 'bad-host'),
  refuses('a bracket alone', TRICKS, host('['), 400, 'bad-host'),
  refuses('a name in brackets', TRICKS, host('[app.test]'), 400, 'bad-host'),
  refuses('a name after brackets', TRICKS, host('[::1].evil.test'), 400, 'bad-host'),
  refuses('a name before brackets', TRICKS, host('evil.test[::1]'), 400, 'bad-host'),
  refuses('half an escape', TRICKS, host('app.test%2'), 400, 'bad-host'),
  refuses('in full-width letters', TRICKS, host('\xef\xbd\x81pp.test'), 400, 'bad-host'),
];
