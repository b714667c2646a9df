/** The one Kubernetes client of operator, kubelet, local API and command line. */
export * from './connect.ts';
export * from './keyed-queue.ts';
export { listAll } from './list-all.ts';
export type * from './objects.ts';
export * from './patch-types.ts';
export * from './paths.ts';
export * from './reflect.ts';
export * from './result.ts';
