import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventStreamParser, MAX_EVENT_CHARS } from './event-stream-parser.ts';

function parse(chunks: readonly Uint8Array[]): string[] {
  const events: string[] = [];
  const parser = new EventStreamParser((data) => events.push(data));
  for (const chunk of chunks) if (!parser.push(chunk)) throw new Error('too large');
  return events;
}

test('comments, names and ids are skipped, data lines are joined, and an event without data is none', () => {
  const text =
    '\uFEFF: hi\n\nevent: x\nid: 1\ndata: a\ndata:b\ndata\n\nevent: y\n\ndata:  c\r\n\r\ndata: d\r\rdata: cut off';
  expect(parse([Buffer.from(text)])).toEqual(['a\nb\n', ' c', 'd']);
});

test('any split of the bytes and any line ending gives the same events', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n\uFEFF]/gu, '_'));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat()), fc.constantFrom('\n', '\r\n', '\r'), (lines, cuts, end) => {
      const bytes = Buffer.from(lines.map((one) => `data: ${one}${end}${end}`).join(''));
      const at = cuts.map((cut) => cut % (bytes.length + 1)).sort((x, y) => x - y);
      const chunks = [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
      expect(parse(chunks)).toEqual(lines.map((one) => Buffer.from(one).toString()));
    }),
  );
});

test('an event without end is given up instead of filling memory', () => {
  const parser = new EventStreamParser(() => {});
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  let taken = 0;
  while (parser.push(chunk)) taken += chunk.length;
  expect(taken).toBeLessThanOrEqual(MAX_EVENT_CHARS);
});
