/** The list of open connections does what a set would, and lets go of what has left it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Linked, OpenConnections } from './open-connections.ts';

interface Connection extends Linked<Connection> {}
const unlinked = (): Connection => ({ nextOpen: null, previousOpen: null });

test('it holds what came and has not left, whatever the order', () => {
  const step = fc.record({ comes: fc.boolean(), which: fc.nat({ max: 9 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const all = Array.from({ length: 10 }, unlinked);
      const model = new Set<Connection>();
      const list = new OpenConnections<Connection>();
      for (const { comes, which } of steps) {
        const one = all[which]!;
        if (!comes) expect(list.delete(one)).toBe(model.delete(one));
        else if (!model.has(one)) {
          list.add(one);
          model.add(one);
        }
        expect(list.size).toBe(model.size);
        expect([...list].every((one) => model.has(one))).toBe(true);
        expect(new Set(list).size).toBe(model.size);
      }
      // Nothing that has left leads to what came later.
      for (const one of all) if (!model.has(one)) expect([one.nextOpen, one.previousOpen]).toEqual([null, null]);
    }),
  );
});

test('all that were open are told, whoever closes meanwhile', () => {
  const list = new OpenConnections<Connection>();
  const all = Array.from({ length: 5 }, unlinked);
  for (const one of all) list.add(one);
  const told: Connection[] = [];
  for (const one of list) {
    told.push(one);
    for (const other of all) list.delete(other);
  }
  expect(told).toHaveLength(5);
  expect(list.size).toBe(0);
});
