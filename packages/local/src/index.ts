/** The small Kubernetes API and controllers of `rouse dev`. */
export type { Controller } from './controllers/replicaset-controller.ts';
export { startControllers } from './controllers/start-controllers.ts';
export type { PodLogs } from './pod-logs.ts';
export type { Registry } from './registry.ts';
export { type LocalApi, type LocalApiOptions, startLocalApi } from './server.ts';
export type { Store, StoreEvent } from './store.ts';
