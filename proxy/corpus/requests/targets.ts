/** Request targets: their four forms, what may stand in them, and that nothing in them is decoded. */
import { HOST, passes, type RequestCase, refuses } from '../request-case.ts';

function to(target: string, host = HOST): string {
  return `GET ${target} HTTP/1.1\r\n${host}\r\n`;
}

const RAW = 'HTTP.md, Parsing: the raw path is passed on';

const origin: readonly RequestCase[] = [
  passes('quotes', 'llhttp request/uri: Quotes in URI', to('/with_"lovely"_quotes?foo=\\"bar\\"')),
  passes(
    'a question mark in the query',
    'llhttp request/uri: Query URL with question mark',
    to('/test.cgi?foo=bar?baz'),
  ),
  passes('a vertical bar', 'llhttp request/uri: Query URL with vertical bar character', to('/test.cgi?query=|')),
  passes(
    'UTF-8',
    'llhttp request/uri: Disallow UTF-8 in URI path in strict mode',
    to('/\xce\xb4\xc2\xb6/\xce\xb4t/pope?q=1'),
    {
      against: 'bytes from 128 are let through as they are: browsers and curl send them',
    },
  ),
  passes('a byte beyond ASCII', 'h11 test_io: reject_non_vchar_in_path', to('/\xee'), {
    against: 'bytes from 128 are let through as they are: browsers and curl send them',
  }),
  passes(
    'two slashes, as if a host followed',
    'go readrequest_test: scheme-relative URI',
    to('//user@host/is/actually/a/path/'),
  ),
  passes('a query that is no form', 'go reverseproxy_test: QueryParameterSmuggling', to('/?a=1&a=2;b=3')),
  passes('a broken escape in the query', 'go reverseproxy_test: QueryParameterSmuggling', to('/?a=1&a=%zz&b=3')),
  ...[
    '/%2e%2e/admin',
    '/a/../b',
    '/a/./b',
    '/a//b',
    '/a%2fb',
    '/..;/a',
    '/a\\b',
    '/%00',
    '/%',
    '/a;b=c',
    '/{}[]^`<>',
    '/?',
    '/??',
  ].map((target) => passes(`${target} stays as it is`, RAW, to(target))),
  refuses(
    'a fragment',
    'llhttp request/uri: Fragment in URI',
    to('/forums/1/topics/2375?page=1#posts-17408'),
    400,
    'bad-request',
    {
      against: 'a fragment is never sent (RFC 9112 3.2); HTTP.md, Parsing',
    },
  ),
  refuses('a space', 'llhttp request/uri: Space in URI', to('/foo bar/'), 400, 'bad-request'),
  refuses(
    'dots without a slash',
    'go readrequest_test: bogus absolute-path',
    to('../../../../etc/passwd'),
    400,
    'bad-request',
  ),
  refuses('nothing', 'go readrequest_test: missing URL', 'GET  HTTP/1.1\r\nHost: test\r\n\r\n', 400, 'bad-request'),
  refuses('an exclamation mark', 'http-garden: AIOHTTP 7', to('!'), 400, 'bad-request'),
  refuses('a query alone', 'RFC 9112 3.2', to('?a'), 400, 'bad-request'),
  refuses('an escaped slash in front', 'RFC 9112 3.2', to('%2fa'), 400, 'bad-request'),
  ...['\0', '\x01', '\b', '\x1f', '\x7f'].map((byte) =>
    refuses(
      `control character ${byte.charCodeAt(0)}`,
      'h11 test_io: reject_non_vchar_in_path',
      to(`/${byte}`),
      400,
      'bad-request',
    ),
  ),
];

function asOrigin(target: string, host: string): { pod: readonly string[] } {
  return { pod: [to(target, `Host: ${host}\r\n`)] };
}

const absolute: readonly RequestCase[] = [
  passes(
    'absolute-form',
    'go readrequest_test: baseline',
    to('http://www.techcrunch.com/', 'Host: www.techcrunch.com\r\n'),
    asOrigin('/', 'www.techcrunch.com'),
  ),
  passes(
    'absolute-form without a path',
    'go serve_test: ReadRequest',
    to('http://example.com', 'Host: test\r\n'),
    asOrigin('/', 'example.com'),
  ),
  passes(
    'a host ended by a query',
    'llhttp request/uri: Host terminated by a query string',
    to('http://hypnotoad.org?hail=all'),
    asOrigin('/?hail=all', 'hypnotoad.org'),
  ),
  passes(
    'a port ended by a query',
    'llhttp request/uri: host:port terminated by a query string',
    to('http://hypnotoad.org:1234?hail=all'),
    asOrigin('/?hail=all', 'hypnotoad.org:1234'),
  ),
  passes(
    'a port ended by a space',
    'llhttp request/uri: host:port terminated by a space',
    to('http://hypnotoad.org:1234'),
    asOrigin('/', 'hypnotoad.org:1234'),
  ),
  passes('a scheme in capitals', 'RFC 3986 3.1', to('HTTP://app.test/a'), asOrigin('/a', 'app.test')),
  passes('https', 'RFC 9112 3.2.2', to('https://app.test/a'), asOrigin('/a', 'app.test')),
  passes('an IPv6 literal', 'RFC 3986 3.2.2', to('http://[::1]:80/a'), asOrigin('/a', '[::1]:80')),
  passes('an empty port', 'RFC 3986 3.2.3', to('http://app.test:/a'), asOrigin('/a', 'app.test:')),
  passes(
    'its authority replaces Host',
    'RFC 9112 3.2.2',
    to('http://app.test/a', 'Host: other.test\r\n'),
    asOrigin('/a', 'app.test'),
  ),
  passes(
    'another URL in the path',
    'RFC 9112 3.2.2',
    to('http://app.test/http://evil.test/'),
    asOrigin('/http://evil.test/', 'app.test'),
  ),
  refuses(
    'userinfo',
    'llhttp request/uri: host:port and basic auth',
    to('http://a%12:b!&*$@hypnotoad.org:1234/toto'),
    400,
    'bad-request',
    {
      against: 'userinfo is 400 (RFC 9110 4.2.4; HTTP.md, Parsing)',
    },
  ),
  refuses('an empty userinfo', 'RFC 9110 4.2.4', to('http://@app.test/'), 400, 'bad-request'),
  refuses('one slash after the scheme', 'RFC 9110 4.2.1', to('http:/app.test/'), 400, 'bad-request'),
  refuses('no slash after the scheme', 'RFC 9110 4.2.1', to('http:app.test'), 400, 'bad-request'),
  refuses('backslashes after the scheme', 'HTTP Garden: target tricks', to('http:\\\\app.test\\'), 400, 'bad-request'),
  refuses(
    'a backslash after the host',
    'HTTP Garden: target tricks',
    to('http://app.test\\@evil.test/'),
    400,
    'bad-request',
  ),
  refuses('a fragment after the host', 'RFC 9112 3.2', to('http://app.test#@evil.test/'), 400, 'bad-request'),
  refuses('a port too high', 'RFC 3986 3.2.3', to('http://app.test:65536/'), 400, 'bad-request'),
  refuses('a port that is no number', 'RFC 3986 3.2.3', to('http://app.test:8a/'), 400, 'bad-request'),
  refuses('a comma in the host', 'HTTP.md, Parsing', to('http://a.test,b.test/'), 400, 'bad-request'),
  refuses('no host', 'RFC 9110 4.2.1', to('http://'), 400, 'bad-request'),
  refuses('a port without a host', 'RFC 9110 4.2.1', to('http://:80/'), 400, 'bad-request'),
  refuses('ws', 'RFC 9112 3.2.2', to('ws://app.test/'), 400, 'bad-request'),
  refuses('a host without a scheme', 'RFC 9112 3.2', to('app.test/'), 400, 'bad-request'),
  refuses(
    'a wrong Host beside absolute-form',
    'RFC 9112 3.2',
    to('http://app.test/', 'Host: a b\r\n'),
    400,
    'bad-host',
  ),
  refuses(
    'two Hosts beside absolute-form',
    'RFC 9112 3.2',
    to('http://app.test/', 'Host: a\r\nHost: a\r\n'),
    400,
    'bad-host',
  ),
];

const asterisk: readonly RequestCase[] = [
  passes('OPTIONS *', 'go serve_test: OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: foo.com\r\n\r\n'),
  passes('OPTIONS of a host', 'RFC 9112 3.2.4', 'OPTIONS http://app.test HTTP/1.1\r\nHost: app.test\r\n\r\n', {
    pod: ['OPTIONS * HTTP/1.1\r\nHost: app.test\r\n\r\n'],
  }),
  passes('OPTIONS of a path', 'RFC 9112 3.2.1', 'OPTIONS /a HTTP/1.1\r\nHost: app.test\r\n\r\n'),
  refuses('GET *', 'go serve_test: GET *', 'GET * HTTP/1.1\r\nHost: foo.com\r\n\r\n', 400, 'bad-request'),
  refuses(
    'NOTIFY * of SSDP',
    'go readrequest_test: SSDP Notify',
    `NOTIFY * HTTP/1.1\r\n${HOST}\r\n`,
    400,
    'bad-request',
    {
      against: 'asterisk-form only with OPTIONS (RFC 9112 3.2.4)',
    },
  ),
  refuses(
    'M-SEARCH * of SSDP',
    'llhttp request/method: M-SEARCH',
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n',
    400,
    'bad-request',
    {
      against: 'asterisk-form only with OPTIONS (RFC 9112 3.2.4)',
    },
  ),
  refuses(
    'OPTIONS * without Host',
    'go readrequest_test: OPTIONS',
    'OPTIONS * HTTP/1.1\r\nServer: foo\r\n\r\n',
    400,
    'bad-host',
    {
      against: 'HTTP/1.1 without Host is 400 (RFC 9112 3.2)',
    },
  ),
  refuses(
    'OPTIONS with more than an asterisk',
    'RFC 9112 3.2.4',
    `OPTIONS *a HTTP/1.1\r\n${HOST}\r\n`,
    400,
    'bad-request',
  ),
];

export const targets: readonly RequestCase[] = [...origin, ...absolute, ...asterisk];
