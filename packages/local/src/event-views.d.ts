import { type ResourceKind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
/** A stored object as the API group asked for shows it. */
export declare function toView(kind: ResourceKind, object: KubeObject): KubeObject;
/** A body of that API group as it is stored. */
export declare function fromView(kind: ResourceKind, body: unknown): unknown;
