/** Requests that two parsers could read differently, or that no client should send: refused, and never seen by a pod. */
import { afterEach, expect, test } from 'vitest';
import { type Rig, startRig, transports } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const H = 'Host: app.test\r\n';

function get(fields: string): string {
  return `GET / HTTP/1.1\r\n${H}${fields}\r\n`;
}
function post(fields: string, body: string): string {
  return `POST / HTTP/1.1\r\n${H}${fields}\r\n${body}`;
}

const table: readonly (readonly [name: string, input: string, status: number, code: string])[] = [
  // Line ends and folding
  ['a folded field', get('X: a\r\n b\r\n'), 400, 'bad-request'],
  ['a folded field with a tab', get('X: a\r\n\tb\r\n'), 400, 'bad-request'],
  ['a fold right after the request line', `GET / HTTP/1.1\r\n X: a\r\n${H}\r\n`, 400, 'bad-request'],
  ['LF alone after the request line', `GET / HTTP/1.1\n${H}\r\n`, 400, 'bad-request'],
  ['LF alone after a field', 'GET / HTTP/1.1\r\nHost: app.test\n\r\n', 400, 'bad-request'],
  ['LF alone as the empty line', `GET / HTTP/1.1\r\n${H}\n`, 400, 'bad-request'],
  ['LF alone throughout', 'GET / HTTP/1.1\nHost: app.test\n\n', 400, 'bad-request'],
  ['CR alone in a value', get('X: a\rb\r\n'), 400, 'bad-request'],
  ['CR alone between fields', get('X: a\rY: b\r\n'), 400, 'bad-request'],
  ['CR CR LF', get('X: a\r\r\n'), 400, 'bad-request'],
  ['CR alone in the request line', `GET /\r HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['two empty lines in front', `\r\n\r\n${get('')}`, 400, 'bad-request'],
  // Control characters
  ['NUL in a value', get('X: a\0b\r\n'), 400, 'bad-request'],
  ['ESC in a value', get('X: \x1b[0m\r\n'), 400, 'bad-request'],
  ['DEL in a value', get('X: \x7f\r\n'), 400, 'bad-request'],
  ['NUL in a name', get('X\0: a\r\n'), 400, 'bad-request'],
  ['NUL in the target', `GET /\0 HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['DEL in the target', `GET /\x7f HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  // Field lines
  ['a space before the colon', get('X : a\r\n'), 400, 'bad-request'],
  ['a tab before the colon', get('X\t: a\r\n'), 400, 'bad-request'],
  ['Content-Length with a space before the colon', post('Content-Length : 2\r\n', 'hi'), 400, 'bad-request'],
  ['no name', get(': a\r\n'), 400, 'bad-request'],
  ['no colon', get('X\r\n'), 400, 'bad-request'],
  ['a name in quotes', get('"X": a\r\n'), 400, 'bad-request'],
  ['a name with a slash', get('a/b: c\r\n'), 400, 'bad-request'],
  ['a name beyond ASCII', get('\xe9: a\r\n'), 400, 'bad-request'],
  ['too many fields', get('X: a\r\n'.repeat(128)), 431, 'head-too-large'],
  ['a head too large', get(`X: ${'a'.repeat(70_000)}\r\n`), 431, 'head-too-large'],
  ['a head too large in many fields', get(`X: ${'a'.repeat(1_000)}\r\n`.repeat(70)), 431, 'head-too-large'],
  // Request line
  ['no version', `GET /\r\n${H}\r\n`, 400, 'bad-request'],
  ['no target', `GET HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['an empty target', `GET  HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['two spaces before the target', `GET  / HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['two spaces after the target', `GET /  HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['a tab as separator', `GET\t/\tHTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['a space in the target', `GET /a b HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['a fragment', `GET /a#b HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['a space in front', ` GET / HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['a space at the end', `GET / HTTP/1.1 \r\n${H}\r\n`, 400, 'bad-request'],
  ['a method that is no token', `GE(T / HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['lower-case http', `GET / http/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['HTTP/1', `GET / HTTP/1\r\n${H}\r\n`, 400, 'bad-request'],
  ['HTTP/1.10', `GET / HTTP/1.10\r\n${H}\r\n`, 400, 'bad-request'],
  ['HTTP/01.1', `GET / HTTP/01.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['HTTP/a.b', `GET / HTTP/a.b\r\n${H}\r\n`, 400, 'bad-request'],
  ['HTTP/0.9', `GET / HTTP/0.9\r\n${H}\r\n`, 505, 'unknown-version'],
  ['HTTP/2.0', `GET / HTTP/2.0\r\n${H}\r\n`, 505, 'unknown-version'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'unknown-version'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00', 400, 'bad-request'],
  ['a target too long', `GET /${'a'.repeat(16_384)} HTTP/1.1\r\n${H}\r\n`, 414, 'target-too-long'],
  ['a target too long by far', `GET /${'a'.repeat(60_000)} HTTP/1.1\r\n${H}\r\n`, 414, 'target-too-long'],
  // Target forms
  ['CONNECT', `CONNECT app.test:443 HTTP/1.1\r\n${H}\r\n`, 405, 'method-not-allowed'],
  ['TRACE', `TRACE / HTTP/1.1\r\n${H}\r\n`, 405, 'method-not-allowed'],
  ['asterisk-form with GET', `GET * HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['a target without a slash', `GET a HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['authority-form with GET', `GET app.test:80 HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['userinfo', `GET http://a@app.test/ HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['absolute-form without a host', `GET http:///a HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['absolute-form of another scheme', `GET ftp://app.test/ HTTP/1.1\r\n${H}\r\n`, 400, 'bad-request'],
  ['absolute-form without Host', 'GET http://app.test/ HTTP/1.1\r\n\r\n', 400, 'bad-host'],
  // Host
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400, 'bad-host'],
  ['two Hosts', get('Host: app.test\r\n'), 400, 'bad-host'],
  ['two different Hosts', get('hOST: b.test\r\n'), 400, 'bad-host'],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400, 'bad-host'],
  ['a list in Host', 'GET / HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n', 400, 'bad-host'],
  ['a path in Host', 'GET / HTTP/1.1\r\nHost: a.test/x\r\n\r\n', 400, 'bad-host'],
  ['userinfo in Host', 'GET / HTTP/1.1\r\nHost: u@a.test\r\n\r\n', 400, 'bad-host'],
  ['a space in Host', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400, 'bad-host'],
  ['a port that is no number', 'GET / HTTP/1.1\r\nHost: a.test:8a\r\n\r\n', 400, 'bad-host'],
  ['a port too high', 'GET / HTTP/1.1\r\nHost: a.test:65536\r\n\r\n', 400, 'bad-host'],
  ['an open bracket in Host', 'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n', 400, 'bad-host'],
  ['a broken escape in Host', 'GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n', 400, 'bad-host'],
  ['a wrong Host in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a b\r\n\r\n', 400, 'bad-host'],
  // Content-Length
  ['Content-Length twice', post('Content-Length: 2\r\nContent-Length: 2\r\n', 'hi'), 400, 'bad-framing'],
  ['Content-Length twice, different', post('Content-Length: 2\r\nContent-Length: 3\r\n', 'hi'), 400, 'bad-framing'],
  ['a list of equal lengths', post('Content-Length: 2, 2\r\n', 'hi'), 400, 'bad-framing'],
  ['an empty length', post('Content-Length:\r\n', 'hi'), 400, 'bad-framing'],
  ['a length with a sign', post('Content-Length: +2\r\n', 'hi'), 400, 'bad-framing'],
  ['a negative length', post('Content-Length: -2\r\n', 'hi'), 400, 'bad-framing'],
  ['a length in hexadecimal', post('Content-Length: 0x2\r\n', 'hi'), 400, 'bad-framing'],
  ['a length with an exponent', post('Content-Length: 1e1\r\n', 'hi'), 400, 'bad-framing'],
  ['a length with a fraction', post('Content-Length: 2.0\r\n', 'hi'), 400, 'bad-framing'],
  ['a length with an underscore', post('Content-Length: 1_0\r\n', 'hi'), 400, 'bad-framing'],
  ['a length with a space in it', post('Content-Length: 1 0\r\n', 'hi'), 400, 'bad-framing'],
  ['a length over 2^53-1', post('Content-Length: 9007199254740992\r\n', 'hi'), 400, 'bad-framing'],
  ['a length that wraps', post('Content-Length: 18446744073709551618\r\n', 'hi'), 400, 'bad-framing'],
  // Transfer-Encoding
  ['both lengths', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400, 'bad-framing'],
  [
    'both lengths, the other way round',
    post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
    400,
    'bad-framing',
  ],
  [
    'chunked twice',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    400,
    'bad-framing',
  ],
  ['chunked twice in a list', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'), 400, 'bad-framing'],
  ['chunked not last', post('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n'), 400, 'bad-framing'],
  ['identity', post('Transfer-Encoding: identity\r\n', ''), 400, 'bad-framing'],
  ['another coding alone', post('Transfer-Encoding: gzip\r\n', ''), 400, 'bad-framing'],
  ['an empty coding', post('Transfer-Encoding:\r\n', ''), 400, 'bad-framing'],
  ['xchunked', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), 400, 'bad-framing'],
  ['chunked with a parameter', post('Transfer-Encoding: chunked;a=b\r\n', '0\r\n\r\n'), 400, 'bad-framing'],
  ['chunked in quotes', post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n'), 400, 'bad-framing'],
  ['chunked after a vertical tab', post('Transfer-Encoding: \vchunked\r\n', '0\r\n\r\n'), 400, 'bad-request'],
  ['a coding before chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 501, 'unknown-coding'],
  ['chunked in HTTP/1.0', `POST / HTTP/1.0\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 'bad-framing'],
];

for (const transport of transports) {
  for (const pace of ['whole', 'byte by byte'] as const) {
    test.each(table.filter(([, input]) => pace === 'whole' || input.length < 2_000))(
      `%s · ${transport.name}, ${pace}`,
      async (_name, input, status, code) => {
        rig = await startRig(transport);
        const client = await rig.client();
        const sneaked = 'GET /sneaked HTTP/1.1\r\nHost: app.test\r\n\r\n';
        if (pace === 'whole') client.send(input + sneaked);
        else await client.sendByteByByte(input + sneaked);
        await client.until(() => client.hasEnded);
        expect(client.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [A-Z]`));
        expect(client.received).toContain(`\r\nx-rouse-error: ${code}\r\n`);
        expect(client.received).toContain('\r\nConnection: close\r\n');
        expect(client.received.match(/HTTP\/1\.1 /g)).toHaveLength(1);
        expect(rig.backend.peers).toHaveLength(0);
        expect(rig.path.log).toEqual([]);
      },
    );
  }
}

test.each(transports)(
  'a malformed chunk in the first read is answered 400 and reaches no pod · $name',
  async (transport) => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(post('Transfer-Encoding: chunked\r\n', '5\r\nhelloX\r\n0\r\n\r\n'));
    await client.until(() => client.hasEnded);
    expect(client.received).toMatch(/^HTTP\/1\.1 400 /);
    expect(rig.backend.peers).toHaveLength(0);
  },
);

test.each(transports)(
  'a malformed chunk further on is answered 400 and cuts the pod off · $name',
  async (transport) => {
    rig = await startRig(transport);
    const client = await rig.client();
    client.send(post('Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n'));
    const pod = await rig.backend.peer();
    await pod.until('hello\r\n');
    client.send('+5\r\nhello\r\n0\r\n\r\n');
    await client.until(() => client.hasEnded);
    expect(client.received).toMatch(/^HTTP\/1\.1 400 /);
    await pod.gone();
    expect(pod.received.endsWith('\r\n\r\n5\r\nhello\r\n')).toBe(true);
    expect(rig.path.log).toEqual(['ended refused 400']);
  },
);

test('the largest head, target and number of fields that are allowed pass', async () => {
  rig = await startRig(transports[0]!);
  const client = await rig.client();
  const start = `GET /${'a'.repeat(16_383)} HTTP/1.1\r\n${H}${'X: a\r\n'.repeat(126)}`;
  const input = `${start}Y: ${'b'.repeat(65_536 - start.length - 7)}\r\n\r\n`;
  expect(input).toHaveLength(65_536);
  client.send(input);
  const pod = await rig.backend.peer();
  await pod.until('\r\n\r\n');
  expect(pod.received.startsWith(input.slice(0, -2))).toBe(true);
});
