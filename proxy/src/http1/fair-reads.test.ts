/** Streams take turns: a share each, first come first. */
import { expect, test } from 'vitest';
import { hasHadShare, waitForTurn } from './fair-reads.ts';

/** Resolves when the next turn of the event loop has begun, after what was asked for before. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function stream(number: number, begun: number[], again = 0) {
  let left = again;
  const self = {
    turnBegins() {
      begun.push(number);
      if (left-- > 0) waitForTurn(self);
    },
  };
  return self;
}

test('of many streams some go on in each turn, in the order they came', async () => {
  const begun: number[] = [];
  for (let number = 0; number < 40; number++) waitForTurn(stream(number, begun));
  expect(begun).toEqual([]);
  await turn();
  expect(begun.length).toBeGreaterThan(0);
  expect(begun.length).toBeLessThan(40);
  for (let turns = 0; turns < 8; turns++) await turn();
  expect(begun).toEqual(Array.from({ length: 40 }, (_, number) => number));
});

test('a stream that has had its turn comes after all that wait already', async () => {
  const begun: number[] = [];
  waitForTurn(stream(0, begun, 1));
  for (let number = 1; number < 60; number++) waitForTurn(stream(number, begun));
  for (let turns = 0; turns < 12; turns++) await turn();
  expect(begun).toEqual([...Array.from({ length: 60 }, (_, number) => number), 0]);
});

const READ = 32_768;

test('a stream alone has had its share after many full reads', async () => {
  await turn();
  let reads = 1;
  while (!hasHadShare(reads * READ, READ)) reads++;
  expect(reads).toBe(8);
});

test('where many read at once, each has had its share after one read, until the turn is over', async () => {
  await turn();
  const atOnce = Array.from({ length: 100 }, () => hasHadShare(READ, READ));
  expect(atOnce.indexOf(true)).toBe(64);
  expect(atOnce.lastIndexOf(false)).toBe(63);
  await turn();
  expect(hasHadShare(READ, READ)).toBe(false);
});
