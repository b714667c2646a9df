import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HoldQueue } from './hold-queue.ts';
import { pathFixture, RecordedExchange } from './path-fixture.ts';

const step = fc.record({ do: fc.constantFrom('push', 'unshift', 'remove'), at: fc.nat(30), bytes: fc.nat(100) });

test('the queue behaves like a list, whoever leaves from wherever', () => {
  const { path } = pathFixture();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new HoldQueue();
      const list: RecordedExchange[] = [];
      for (const { do: what, at, bytes } of steps) {
        const exchange = new RecordedExchange(path);
        exchange.bufferedBytes = bytes;
        if (what === 'push') {
          queue.push(exchange);
          list.push(exchange);
        } else if (what === 'unshift') {
          queue.unshift(exchange);
          list.unshift(exchange);
        } else if (list.length > 0) {
          const [gone] = list.splice(at % list.length, 1);
          // What it keeps may have grown or shrunk meanwhile; what was counted is what is given back.
          gone!.bufferedBytes += 7;
          queue.remove(gone!);
          expect([gone!.held, gone!.nextHeld, gone!.previousHeld]).toEqual([false, null, null]);
        }
        const forward = [];
        for (let each = queue.head; each !== null; each = each.nextHeld) forward.push(each);
        const backward = [];
        for (let each = queue.tail; each !== null; each = each.previousHeld) backward.unshift(each);
        expect(forward.every((each, index) => each === list[index])).toBe(true);
        expect(backward.every((each, index) => each === list[index])).toBe(true);
        expect([forward.length, backward.length, queue.count]).toEqual([list.length, list.length, list.length]);
        expect(queue.bytes).toBe(list.reduce((sum, each) => sum + each.bufferedBytes, 0));
      }
    }),
    { numRuns: 200 },
  );
});
