/** Aids for tests of every package; nothing here runs in production. */
export { Dice } from './dice.ts';
export { type ManualClock, manualClock } from './manual-clock.ts';
export { until } from './until.ts';
