/** What proxy, operator and tools agree on: annotations, settings, wire types, failures, metrics. No I/O. */
export type * from './api.ts';
export type * from './clock.ts';
export * from './problem.ts';
export * from './wire.ts';
