/** What both daemons share: clock, log, flags, admin server, lifecycle. */
export { systemClock } from './system-clock.ts';
