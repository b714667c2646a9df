/** Fills in what Kubernetes itself would: the defaults that clients and controllers read. */
import { type JsonObject } from './json.ts';
import { type ResourceKind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
/** Defaults of a pod's spec, in place. */
export declare function defaultPodSpec(spec: JsonObject): void;
/** Applies the defaults of the object's kind, in place. */
export declare function applyDefaults(kind: ResourceKind, object: KubeObject): void;
