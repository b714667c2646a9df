import { manualClock } from '@rouse/contract/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineSplitter } from './line-splitter.ts';
import { logRing } from './log-ring.ts';
import { type LogOptions, readLog } from './logs.ts';

async function all(lines: AsyncGenerator<string, void>): Promise<string[]> {
  const read: string[] = [];
  for await (const line of lines) read.push(line);
  return read;
}

function ringOf(...texts: string[]) {
  const ring = logRing();
  for (const [index, text] of texts.entries()) ring.add(index * 1000, text);
  return ring;
}

const at3s = () => manualClock(3000);
const read = (options: LogOptions) => all(readLog(ringOf('a', 'b', 'c'), options, at3s()));

test('the whole log, its tail, its youngest lines, and with times', async () => {
  expect(await read({})).toEqual(['a\n', 'b\n', 'c\n']);
  expect(await read({ tailLines: 2 })).toEqual(['b\n', 'c\n']);
  expect(await read({ tailLines: 0 })).toEqual([]);
  expect(await read({ sinceSeconds: 2 })).toEqual(['b\n', 'c\n']);
  expect(await read({ tailLines: 1, timestamps: true })).toEqual(['1970-01-01T00:00:02.000Z c\n']);
});

test('a follow gives old lines, then new ones, and ends with the instance', async () => {
  const ring = ringOf('a', 'b');
  const lines = readLog(ring, { follow: true, tailLines: 1 }, at3s());
  expect((await lines.next()).value).toBe('b\n');
  const next = lines.next();
  ring.add(3000, 'c');
  expect((await next).value).toBe('c\n');
  ring.add(3000, 'd');
  ring.end();
  expect(await all(lines)).toEqual(['d\n']);
});

test('a follow of an ended instance gives what is there, and an abort ends a follow that waits', async () => {
  const ended = ringOf('a');
  ended.end();
  expect(await all(readLog(ended, { follow: true }, at3s()))).toEqual(['a\n']);
  const abort = new AbortController();
  const reading = all(readLog(ringOf('a'), { follow: true, signal: abort.signal }, at3s()));
  abort.abort();
  expect((await reading).length).toBeLessThanOrEqual(1);
});

test('a ring keeps the newest lines within its bytes, whatever is added', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 300 }), { minLength: 1, maxLength: 200 }), (texts) => {
      const ring = logRing(1000);
      for (const text of texts) ring.add(0, text);
      const kept = ring.lines().map((line) => line.text);
      expect(kept).toEqual(texts.slice(-kept.length));
      expect(kept.length).toBeGreaterThan(0);
      const bytes = kept.reduce((sum, text) => sum + text.length + 64, 0);
      if (kept.length > 1) expect(bytes).toBeLessThanOrEqual(1000);
    }),
  );
});

test('a million lines cost no more than the ring holds', () => {
  const ring = logRing(10_000);
  for (let index = 0; index < 1_000_000; index++) ring.add(0, 'x');
  expect(ring.lines().length).toBe(Math.floor(10_000 / 65));
});

test('bytes cut anywhere give the same lines', () => {
  const text = 'one\r\ntwo ü €\n\nthree without newline';
  const bytes = Buffer.from(text);
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(bytes.length)), (cuts) => {
      const lines: string[] = [];
      const splitter = lineSplitter((line) => lines.push(line));
      let from = 0;
      for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
        splitter.push(bytes.subarray(from, cut));
        from = cut;
      }
      splitter.end();
      expect(lines).toEqual(['one', 'two ü €', '', 'three without newline']);
    }),
  );
});

test('an endless line is cut each 16 KiB', () => {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  for (let index = 0; index < 40; index++) splitter.push(Buffer.alloc(1000, 'x'));
  splitter.push(Buffer.from('\n'));
  splitter.end();
  expect(lines.map((line) => line.length)).toEqual([16_384, 16_384, 40_000 - 2 * 16_384]);
});
