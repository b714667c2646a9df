import { expect, test } from 'vitest';
import { CYCLE_MS, scheduleOf, TRAFFIC_MS } from './schedule.ts';

test('the same seed gives the same schedule, another one another', () => {
  expect(scheduleOf(7, 3)).toEqual(scheduleOf(7, 3));
  expect(scheduleOf(8, 3).sends).not.toEqual(scheduleOf(7, 3).sends);
});

test('every kind of traffic comes, within the traffic of its cycle, and pods and operator are killed', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { sends, kills } = scheduleOf(seed, 3);
    expect(new Set(sends.map(({ kind }) => kind)).size).toBe(12);
    expect(new Set(sends.map(({ id }) => id)).size).toBe(sends.length);
    for (const { atMs } of [...sends, ...kills]) expect(atMs % CYCLE_MS).toBeLessThan(TRAFFIC_MS);
    expect(kills.filter(({ what }) => what === 'pod')).toHaveLength(3);
    expect(kills.filter(({ what }) => what === 'operator').length).toBeGreaterThan(0);
  }
});

test('in a long run the operator is killed several times in the first quarter, and then left alone', () => {
  const all = scheduleOf(1, 45).kills.filter(({ what }) => what === 'operator');
  expect(all.length).toBeGreaterThan(5);
  expect(all.at(-1)!.atMs).toBeLessThan(45 * CYCLE_MS * 0.26);
});
