/** The small Kubernetes API, its controllers, and the whole cluster of `rouse dev`. */
export type { Controller } from './controllers/replicaset-controller.ts';
export { startControllers } from './controllers/start-controllers.ts';
export { dig, isObject, type JsonObject } from './json.ts';
export { DEPLOYMENTS } from './kinds.ts';
export { checkManifests } from './manifests/check-manifests.ts';
export { inferenceServiceOf } from './manifests/inference-owner.ts';
export { type LoadedManifests, loadManifests } from './manifests/load-manifests.ts';
export type { ManifestObject } from './manifests/parse-manifest.ts';
export type { Registry } from './registry.ts';
export { type LocalApi, type LocalApiOptions, startLocalApi } from './server.ts';
export { type LocalCluster, type LocalClusterOptions, startLocalCluster } from './start-local-cluster.ts';
export type { Store, StoreEvent } from './store.ts';
