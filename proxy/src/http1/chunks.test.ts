import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkScanner } from './chunks.ts';
import { defaultHttp1Limits } from './limits.ts';

interface Result {
  readonly out: string;
  readonly done: boolean;
  readonly fault: boolean;
  readonly rest: string;
}

function run(input: string, cuts: readonly number[], framing = true, limits = defaultHttp1Limits): Result {
  const scanner = new ChunkScanner(limits);
  scanner.begin({ framing, trusted: false });
  let out = '';
  const sink = {
    raw(bytes: Buffer, start: number, end: number) {
      expect(end).toBeGreaterThan(start);
      out += bytes.toString('latin1', start, end);
    },
    text(text: string) {
      out += text;
    },
  };
  const edges = [...new Set([0, ...cuts.filter((cut) => cut > 0 && cut < input.length), input.length])];
  edges.sort((a, b) => a - b);
  for (let index = 1; index < edges.length; index++) {
    const piece = Buffer.from(`##${input.slice(edges[index - 1], edges[index])}`, 'latin1');
    const taken = scanner.feed(piece, 2, piece.length, sink);
    if (taken < 0) return { out, done: false, fault: true, rest: '' };
    if (scanner.isDone) {
      return { out, done: true, fault: false, rest: input.slice(edges[index - 1]! + taken - 2) };
    }
    expect(taken).toBe(piece.length);
  }
  return { out, done: false, fault: false, rest: '' };
}

function everyByte(input: string): number[] {
  return Array.from({ length: input.length }, (_, index) => index);
}

const wellFormed: readonly (readonly [name: string, input: string, relayed: string, data: string])[] = [
  ['an empty body', '0\r\n\r\n', '0\r\n\r\n', ''],
  ['one chunk', '5\r\nhello\r\n0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
  [
    'upper-case digits and leading zeros',
    '000A\r\n0123456789\r\n000\r\n\r\n',
    '000A\r\n0123456789\r\n000\r\n\r\n',
    '0123456789',
  ],
  ['eight digits', '00000002\r\nhi\r\n0\r\n\r\n', '00000002\r\nhi\r\n0\r\n\r\n', 'hi'],
  ['nine digits', '000000002\r\nhi\r\n0\r\n\r\n', '2\r\nhi\r\n0\r\n\r\n', 'hi'],
  ['an extension', '2;name="a;b"\r\nhi\r\n3\r\nyou\r\n0;last\r\n\r\n', '2\r\nhi\r\n3\r\nyou\r\n0\r\n\r\n', 'hiyou'],
  [
    'data that looks like framing',
    '7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n',
    '7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n',
    '\r\n0\r\n\r\n',
  ],
  ['a trailer', '2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n', '2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n', 'hi'],
  [
    'forbidden trailers',
    '0\r\nContent-Length: 5\r\nX-A: 1\r\nAuthorization: x\r\nX-Forwarded-For: 1.1.1.1\r\nhost: a\r\n\r\n',
    '0\r\nX-A: 1\r\n\r\n',
    '',
  ],
];

test.each(wellFormed)('%s is relayed whole and byte by byte', (_name, input, relayed, data) => {
  for (const cuts of [[], everyByte(input)]) {
    expect(run(`${input}GET /`, cuts)).toEqual({ out: relayed, done: true, fault: false, rest: 'GET /' });
    expect(run(`${input}GET /`, cuts, false)).toEqual({ out: data, done: true, fault: false, rest: 'GET /' });
  }
});

const malformed: readonly (readonly [name: string, input: string])[] = [
  ['no size', '\r\nhello'],
  ['a sign', '+5\r\nhello\r\n0\r\n\r\n'],
  ['a prefix 0x', '0x5\r\nhello\r\n0\r\n\r\n'],
  ['a space before the size', ' 5\r\nhello\r\n0\r\n\r\n'],
  ['a space after the size', '5 \r\nhello\r\n0\r\n\r\n'],
  ['two sizes', '5 5\r\nhello\r\n0\r\n\r\n'],
  ['an underscore', '1_0\r\nhello\r\n0\r\n\r\n'],
  ['a size over 2^53-1', '20000000000000\r\n'],
  ['a size that wraps to 32 bits', '100000000000000000000\r\n'],
  ['more zeros than any size', `${'0'.repeat(40)}5\r\nhello`],
  ['LF alone after the size', '5\nhello\r\n0\r\n\r\n'],
  ['CR alone after the size', '5\rhello\r\n0\r\n\r\n'],
  ['LF inside an extension', '5;a\nb\r\nhello\r\n'],
  ['NUL inside an extension', '5;a\0b\r\nhello\r\n'],
  ['data longer than its size', '5\r\nhello!\r\n0\r\n\r\n'],
  ['LF alone after the data', '5\r\nhello\n0\r\n\r\n'],
  ['no CRLF after the data', '5\r\nhello0\r\n\r\n'],
  ['LF alone at the end', '0\r\n\n'],
  ['CR and something else at the end', '0\r\n\rX'],
  ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n'],
  ['a trailer without a colon', '0\r\nA b\r\n\r\n'],
  ['a trailer with a bare LF', '0\r\nA: b\n\r\n'],
  ['trailers over the limit', `0\r\nA: ${'x'.repeat(9_000)}\r\n\r\n`],
  ['extensions over the limit', `5;${'x'.repeat(5_000)}\r\nhello\r\n0\r\n\r\n`],
  ['extensions over the limit in all', `${`1;${'x'.repeat(1_000)}\r\na\r\n`.repeat(5)}0\r\n\r\n`],
];

test.each(malformed)('%s is refused whole and byte by byte', (_name, input) => {
  expect(run(input, [])).toMatchObject({ fault: true });
  expect(run(input, everyByte(input))).toMatchObject({ fault: true });
});

test('however a body is cut up, the same is relayed and the same is left over', () => {
  const chunk = fc.record({
    data: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }),
    zeros: fc.nat({ max: 10 }),
    extension: fc.constantFrom('', '', ';a', ' ;b=c', ';q="x y"'),
  });
  const trailer = fc.constantFrom('', 'X-A: 1\r\n', 'Trailer: x\r\nX-B: 2\r\n');
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 6 }), trailer, fc.array(fc.nat({ max: 400 })), (chunks, tail, cuts) => {
      const body = chunks
        .map(({ data, zeros, extension }) => {
          return `${'0'.repeat(zeros)}${data.length.toString(16)}${extension}\r\n${data}\r\n`;
        })
        .join('');
      const input = `${body}0\r\n${tail}\r\nNEXT`;
      const whole = run(input, []);
      expect(whole).toMatchObject({ done: true, rest: 'NEXT' });
      expect(run(input, cuts)).toEqual(whole);
      const data = chunks.map((one) => one.data).join('');
      expect(run(input, cuts, false)).toEqual({ out: data, done: true, fault: false, rest: 'NEXT' });
      // What was relayed is itself a body that is relayed as it stands.
      expect(run(`${whole.out}NEXT`, cuts)).toEqual(whole);
    }),
  );
});
