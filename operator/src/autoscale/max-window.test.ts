import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MaxWindow } from './max-window.ts';

test('the maximum is that of the last ticks up to the newest one recorded', () => {
  const steps = fc.array(fc.record({ ahead: fc.nat(4), value: fc.nat(20) }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), steps, (ticks, list) => {
      const window = new MaxWindow(ticks);
      const seen: { tick: number; value: number }[] = [];
      let tick = 0;
      for (const { ahead, value } of list) {
        tick += ahead;
        seen.push({ tick, value });
        window.record(tick, value);
        const recent = seen.filter((each) => tick - each.tick < ticks).map((each) => each.value);
        expect(window.current()).toBe(Math.max(...recent));
      }
    }),
  );
});
