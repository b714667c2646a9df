/** The `/scale` subresource of Deployments and ReplicaSets, as autoscaling/v1 writes it. */
import { type ApiError } from './api-error.ts';
import type { KubeObject } from './objects.ts';
/** Upstream omits `spec.replicas` at 0 (`omitempty`), and never `status.replicas`. */
export declare function scaleOf(object: KubeObject): KubeObject;
/** The object with the replicas of a written Scale; an absent number is 0. */
export declare function withScale(object: KubeObject, scale: unknown): KubeObject | ApiError;
