import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClientOrigin } from './client-origin.ts';
import { hostName } from './host-name.ts';
import { defaultHttp1Limits } from './limits.ts';
import { parseRequest } from './parse-request.ts';
import { RequestHead } from './request-head.ts';
import { retainedField } from './retained-field.ts';
import { serializeRequest } from './serialize-request.ts';

const head = new RequestHead();
const origin = new ClientOrigin('10.0.0.1', true, 'rouse-test');

function parse(text: string): number {
  const bytes = Buffer.from(`##${text}`, 'latin1');
  const end = parseRequest(bytes, 2, bytes.length, defaultHttp1Limits, head);
  return end > 0 ? end - 2 : end;
}

/** The fields of a serialised head, without those that this hop adds. */
function fieldsOf(text: string): string[] {
  return text
    .split('\r\n')
    .slice(1, -2)
    .filter((line) => !/^(?:Via|Forwarded|X-Forwarded-(?:For|Proto|Host)): /.test(line));
}

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
const value = fc.array(fc.integer({ min: 32, max: 255 }).filter((byte) => byte !== 127)).map((bytes) =>
  String.fromCharCode(...bytes)
    .trim()
    .replace(/^[\t ]+|[\t ]+$/g, ''),
);
const space = fc.constantFrom('', ' ', '  ', '\t', ' \t ');
const field = fc.record({ name: token.map((name) => `q${name}`), value, before: space, after: space });

test('a valid head is parsed and written anew with the same fields in the same order, and again unchanged', () => {
  fc.assert(
    fc.property(
      token,
      fc.stringMatching(/^[!-"$-~]{0,20}$/),
      fc.array(field, { maxLength: 8 }),
      (method, path, fields) => {
        fc.pre(method !== 'CONNECT' && method !== 'TRACE');
        const lines = fields.map((one) => `${one.name}:${one.before}${one.value}${one.after}\r\n`);
        const input = `${method} /${path} HTTP/1.1\r\nHost: app.test\r\n${lines.join('')}\r\n`;
        expect(parse(`${input}REST`)).toBe(input.length);
        for (const one of fields) {
          expect(retainedField(head.text, one.name.toLowerCase())).toBe(head.field(one.name.toLowerCase()));
        }
        const first = serializeRequest(head, origin, '');
        expect(fieldsOf(first)).toEqual(['Host: app.test', ...fields.map((one) => `${one.name}: ${one.value}`)]);
        expect(first.startsWith(`${method} /${path} HTTP/1.1\r\n`)).toBe(true);
        expect(parse(first)).toBe(first.length);
        expect(fieldsOf(serializeRequest(head, origin, ''))).toEqual(fieldsOf(first));
      },
    ),
  );
});

test('a head cut off anywhere is incomplete, never something else', () => {
  const input = 'POST /a?b HTTP/1.1\r\nHost: app.test:80\r\nX-A: b \r\nContent-Length: 3\r\nConnection: close\r\n\r\n';
  expect(parse(input)).toBe(input.length);
  for (let length = 1; length < input.length; length++) expect(parse(input.slice(0, length))).toBe(0);
});

test('random bytes never make the parser throw or take more than there is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat({ max: 60 }), (noise, at) => {
      const valid = Buffer.from('GET / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 3\r\n\r\n', 'latin1');
      const bytes = Buffer.concat([valid.subarray(0, at), noise, valid.subarray(at)]);
      const end = parseRequest(bytes, 0, bytes.length, defaultHttp1Limits, head);
      expect(end).toBeGreaterThanOrEqual(-1);
      expect(end).toBeLessThanOrEqual(bytes.length);
    }),
  );
});

test.each([
  ['app.test', 'app.test'],
  ['APP.Test', 'app.test'],
  ['app.test:8080', 'app.test'],
  ['app.test:', 'app.test'],
  ['app.test.', 'app.test'],
  ['app.test.:80', 'app.test'],
  ['a_b.test', 'a_b.test'],
  ['127.0.0.1:80', '127.0.0.1'],
  ['[::1]:80', '[::1]'],
  ['[FE80::1]', '[fe80::1]'],
  ['caf%C3%A9.test', 'caf%c3%a9.test'],
  ['', null],
  [':80', null],
  ['a b', null],
  ['a,b', null],
  ['a/b', null],
  ['a@b', null],
  ['a:b', null],
  ['a:1:2', null],
  ['a:65536', null],
  ['a%2', null],
  ['[]', null],
  ['[::1', null],
  ['[::1]x', null],
  ['caf\xe9', null],
])('the host of %j is %j', (authority, name) => {
  expect(hostName(authority)).toBe(name);
});
