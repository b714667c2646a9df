import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonLines } from './json-lines.ts';

function parse(chunks: readonly Buffer[], maxLineBytes?: number): { values: unknown[]; fault: string | null } {
  const values: unknown[] = [];
  const lines = jsonLines((value) => values.push(value), maxLineBytes);
  for (const chunk of chunks) {
    const fault = lines.feed(chunk);
    if (fault !== null) return { values, fault };
  }
  return { values, fault: null };
}

test('however the bytes are cut, also inside a character, the same values come out', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.array(fc.nat(60), { minLength: 1 }), (values, cuts) => {
      const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
      const chunks: Buffer[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const end = at + cuts[i % cuts.length]! + 1;
        chunks.push(bytes.subarray(at, end));
        at = end;
      }
      const result = parse(chunks);
      expect(result.fault).toBeNull();
      expect(JSON.stringify(result.values)).toBe(JSON.stringify(values));
    }),
  );
});

test('a line that has not ended is not a value yet', () => {
  expect(parse([Buffer.from('{"a":1}\n{"b"')])).toEqual({ values: [{ a: 1 }], fault: null });
});

test('empty lines are skipped', () => {
  expect(parse([Buffer.from('\n\r\n1\n\n')]).values).toEqual([1]);
});

test('a line that is not JSON is told with its beginning', () => {
  expect(parse([Buffer.from('1\nnot json\n2\n')])).toEqual({ values: [1], fault: 'a line that is not JSON: not json' });
});

test('a line without end is given up at the limit', () => {
  expect(parse([Buffer.alloc(6, 'a'), Buffer.alloc(6, 'a')], 10).fault).toBe('a line of more than 10 bytes');
});
