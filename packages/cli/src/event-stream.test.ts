import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventDecoder, type StreamEvent } from './event-stream.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((value) => value.replace(/[\r\n]/g, ' '));
const event = fc.record({
  type: fc.stringMatching(/^[a-z]{1,8}$/),
  lines: fc.array(text, { minLength: 1, maxLength: 3 }),
  comment: fc.option(text, { nil: null }),
});

test('a stream cut at any bytes, with any line ends, gives the events that went in', () => {
  const property = fc.property(
    fc.array(event, { maxLength: 6 }),
    fc.constantFrom('\n', '\r\n', '\r'),
    fc.array(fc.nat(400), { maxLength: 40 }),
    (events, lineEnd, cuts) => {
      const written = events.flatMap(({ type, lines, comment }) => [
        ...(comment === null ? [] : [`: ${comment}`]),
        `event: ${type}`,
        'id: 7',
        ...lines.map((line) => `data: ${line}`),
        '',
      ]);
      // A lone CR ends a line only once it is seen that no LF follows.
      const bytes = new TextEncoder().encode([...written, ': end', ''].join(lineEnd));
      const decode = createEventDecoder();
      const decoded: StreamEvent[] = [];
      let from = 0;
      for (const to of [...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]) {
        decoded.push(...decode(bytes.subarray(from, to)));
        from = to;
      }
      expect(decoded).toEqual(events.map(({ type, lines }) => ({ type, data: lines.join('\n') })));
    },
  );
  fc.assert(property, { numRuns: 300 });
});

test('fields without a value, without a space and unknown ones are read as the standard says', () => {
  const decode = createEventDecoder();
  const bytes = new TextEncoder().encode('data:a\ndata\ndata:  b\nretry: 5\n\nevent: x\n\ndata: c\n\n');
  expect(decode(bytes)).toEqual([
    { type: 'message', data: 'a\n\n b' },
    { type: 'message', data: 'c' },
  ]);
});
