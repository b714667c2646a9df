import { manualClock } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import { type KeyedQueue, keyedQueue } from './keyed-queue.ts';

/** A queue whose work waits to be let go. */
function heldQueue(concurrency: number) {
  const clock = manualClock();
  const started: string[] = [];
  const letGo = new Map<string, () => void>();
  const errors: string[] = [];
  const queue: KeyedQueue = keyedQueue({
    clock,
    concurrency,
    work(key) {
      started.push(key);
      return new Promise((resolve) => letGo.set(key, resolve));
    },
    onError: (key) => errors.push(key),
  });
  const finish = async (key: string) => {
    letGo.get(key)?.();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { clock, started, queue, finish };
}

test('a key added again while it waits is worked on once', () => {
  const { queue, started } = heldQueue(1);
  for (const key of ['a', 'b', 'b', 'b']) queue.add(key);
  expect(started).toEqual(['a']);
  expect(queue.size).toBe(2);
});

test('a key added while it is worked on is worked on once more afterwards, never twice at once', async () => {
  const { queue, started, finish } = heldQueue(4);
  for (const key of ['a', 'a', 'a']) queue.add(key);
  expect(started).toEqual(['a']);
  await finish('a');
  expect(started).toEqual(['a', 'a']);
  await finish('a');
  expect(started).toEqual(['a', 'a']);
  expect(queue.size).toBe(0);
});

test('no more keys than the concurrency are worked on at once, in the order they came', async () => {
  const { queue, started, finish } = heldQueue(2);
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  expect(started).toEqual(['a', 'b']);
  await finish('b');
  expect(started).toEqual(['a', 'b', 'c']);
});

test('of several delayed adds the earliest stands, and an add makes them moot', async () => {
  const { clock, queue, started, finish } = heldQueue(2);
  queue.addAfter('a', 500);
  queue.addAfter('a', 200);
  queue.addAfter('a', 900);
  clock.advance(199);
  expect(started).toEqual([]);
  clock.advance(1);
  expect(started).toEqual(['a']);
  await finish('a');
  queue.addAfter('b', 100);
  queue.add('b');
  await finish('b');
  clock.advance(1_000);
  expect(started).toEqual(['a', 'b']);
});

test('a removed key is forgotten, waiting or delayed', async () => {
  const { clock, queue, started, finish } = heldQueue(1);
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 10);
  queue.remove('b');
  queue.remove('c');
  await finish('a');
  clock.advance(100);
  expect(started).toEqual(['a']);
});

test('work that throws is told and tried again later and later; other keys go on', async () => {
  const clock = manualClock();
  const runs: number[] = [];
  const errors: unknown[] = [];
  const queue = keyedQueue({
    clock,
    concurrency: 1,
    work(key) {
      if (key === 'good') return;
      runs.push(clock.nowMs());
      throw new Error('broken');
    },
    onError: (_key, error) => errors.push(error),
  });
  queue.add('bad');
  queue.add('good');
  await queue.idle();
  for (let i = 0; i < 20; i++) {
    clock.advance(500);
    await queue.idle();
  }
  expect(runs).toEqual([0, 1_000, 3_000, 7_000]);
  expect(errors).toHaveLength(4);
});

test('a stopped queue takes nothing and starts nothing', async () => {
  const { clock, queue, started, finish } = heldQueue(1);
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 10);
  queue.stop();
  queue.add('d');
  await finish('a');
  clock.advance(100);
  expect(started).toEqual(['a']);
});
