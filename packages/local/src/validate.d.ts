/** Checks of written objects, as far as a wrong one would otherwise fail later and less clearly. */
import { type Cause } from './api-error.ts';
import { type ResourceKind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
export declare function validateName(kind: ResourceKind, name: string): Cause[];
/** Also for a Scale's `spec.replicas`. */
export declare function validateReplicas(replicas: unknown): Cause[];
/** All faults of an object as it would be stored; `previous` is null at creation. */
export declare function validateObject(kind: ResourceKind, object: KubeObject, previous: KubeObject | null): Cause[];
