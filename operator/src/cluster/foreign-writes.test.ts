import { manualClock } from '@rouse/contract/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foreignWrites } from './foreign-writes.ts';

const OURS = ['rouse-operator'];

test('a value owned by us is ours, any other is foreign', () => {
  const clock = manualClock();
  const writes = foreignWrites(clock);
  writes.observed(1, 2, OURS);
  expect(writes.last).toBeNull();
  clock.advance(7);
  writes.observed(2, 5, ['kubectl']);
  expect(writes.last).toEqual({ atMs: 7, manager: 'kubectl', from: 2, to: 5 });
});

test('where the API tells no owner, a value we wrote of late is ours', () => {
  const clock = manualClock();
  const writes = foreignWrites(clock);
  writes.wrote(3);
  writes.observed(0, 3, []);
  expect(writes.last).toBeNull();
  clock.advance(31_000);
  writes.observed(1, 3, []);
  expect(writes.last?.manager).toBe('unknown');
});

/** We write 5, the manager puts it back to 1. */
function revert(writes: ReturnType<typeof foreignWrites>, manager = 'argocd'): void {
  writes.wrote(5);
  writes.observed(1, 5, OURS);
  writes.observed(5, 1, [manager]);
}

test('three reverts by one manager in ten minutes are a conflict, which ends ten minutes after the last', () => {
  const clock = manualClock();
  const writes = foreignWrites(clock);
  revert(writes);
  clock.advance(200_000);
  revert(writes);
  expect(writes.conflict()).toBeNull();
  clock.advance(200_000);
  revert(writes);
  expect(writes.conflict()).toEqual({ manager: 'argocd', value: 1, reverts: 3 });
  expect(writes.conflictEndsInMs()).toBe(600_000);
  clock.advance(599_999);
  expect(writes.conflict()).not.toBeNull();
  clock.advance(1);
  expect(writes.conflict()).toBeNull();
});

test('three reverts over more than ten minutes, or by different managers, are none', () => {
  const clock = manualClock();
  const slow = foreignWrites(clock);
  for (let i = 0; i < 5; i++) {
    revert(slow);
    clock.advance(301_000);
  }
  expect(slow.conflict()).toBeNull();
  const several = foreignWrites(clock);
  for (const manager of ['a', 'b', 'c']) revert(several, manager);
  expect(several.conflict()).toBeNull();
});

test('changes by others that undo nothing of ours are none', () => {
  const writes = foreignWrites(manualClock());
  for (let i = 1; i < 10; i++) writes.observed(i, i + 1, ['kubectl']);
  expect(writes.conflict()).toBeNull();
});

test('a manager that never touches a value of ours is never in conflict with us', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(5), fc.nat(400_000))), (steps) => {
      const clock = manualClock();
      const writes = foreignWrites(clock);
      let value = 0;
      for (const [ours, to, ms] of steps) {
        if (ours) writes.wrote(to);
        writes.observed(value, to, OURS);
        value = to;
        clock.advance(ms);
        expect(writes.conflict()).toBeNull();
        expect(writes.last).toBeNull();
      }
    }),
  );
});
