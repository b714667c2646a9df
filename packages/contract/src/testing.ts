/** Aids for tests of every package; nothing here runs in production. */
export { type ManualClock, manualClock } from './manual-clock.ts';
export { until } from './until.ts';
