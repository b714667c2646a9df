import { expect, test } from 'vitest';
import { handshake, phaseOf } from './handshake.ts';
import { OPEN } from './handshake-state.ts';
import { takeOver } from './take-over.ts';

const word = (pods: Record<string, 'ready' | 'armed' | 'closed'>, hasTable = true) => ({
  hasTable,
  pods: Object.entries(pods).map(([uid, phase]) => ({ uid, phase })),
});

test('nothing closed anywhere: there was no patch to fear', () => {
  expect(takeOver(0, ['p', 'q'], [word({ p: 'ready', q: 'armed' }), word({ p: 'ready' })], 0)).toBe(OPEN);
  expect(takeOver(0, [], [], 0)).toBe(OPEN);
});

test('pods that all proxies hold closed stay closed until the earlier patch has run out and they are proven to stay', () => {
  const state = takeOver(0, ['p', 'q'], [word({ p: 'closed', q: 'ready' }), word({ p: 'closed', q: 'ready' })], 500);
  expect([phaseOf(state, 'p'), phaseOf(state, 'q')]).toEqual(['closed', null]);
  expect(handshake(state, { type: 'tick' }, 2_499).state.step).toBe('unsure');
  expect(handshake(state, { type: 'tick' }, 2_500).effects).toEqual([{ type: 'reread' }]);
});

test('a workload closed as a whole: a pod that appears meanwhile is closed too', () => {
  const state = takeOver(0, ['p', 'q'], [word({ p: 'closed' })], 0);
  expect([phaseOf(state, 'p'), phaseOf(state, 'q'), phaseOf(state, 'later')]).toEqual(['closed', 'closed', 'closed']);
});

test('one proxy that has a pod open vouches for it: no patch can have been sent', () => {
  expect(takeOver(0, ['p'], [word({ p: 'closed' }), word({ p: 'ready' })], 0)).toBe(OPEN);
});

test('proxies that all began anew together with the leader know nothing: every pod has to be proven', () => {
  expect(phaseOf(takeOver(0, ['p'], [word({}, false)], 0), 'p')).toBe('closed');
  expect(takeOver(0, ['p'], [word({}, false)], 3_000)).toBe(OPEN);
  expect(takeOver(0, ['p'], [word({}, false)], null)).toBe(OPEN);
});

test('a closed pod that is gone from the API is nobody to wait for', () => {
  expect(takeOver(0, [], [word({ p: 'closed' })], 0)).toBe(OPEN);
});
