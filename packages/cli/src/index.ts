/** The `rouse` command as a library: for its own executable and for tests. */
export { main } from './main.ts';
export type { Output } from './output.ts';
