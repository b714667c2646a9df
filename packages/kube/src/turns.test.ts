import { expect, test } from 'vitest';
import { turns } from './turns.ts';

test('only so many go on at a time, the others in the order they came, and done twice is done once', async () => {
  const taking = turns(2);
  const started: number[] = [];
  const done: (() => void)[] = [];
  const all = [0, 1, 2, 3].map(async (each) => {
    done[each] = await taking.take();
    started.push(each);
  });
  await all[1];
  expect(started).toEqual([0, 1]);
  done[1]?.();
  done[1]?.();
  await all[2];
  expect(started).toEqual([0, 1, 2]);
  done[0]?.();
  await all[3];
  expect(started).toEqual([0, 1, 2, 3]);
});
