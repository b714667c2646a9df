import type { PodSpec } from '../objects.ts';
/** Tells which declared port became which: a JSON map of number to number, on the Pod. */
export declare const PORTS_ANNOTATION = 'local.rouse.dev/ports';
/** How many ports of its own a pod needs. */
export declare function countPorts(spec: PodSpec): number;
export interface OwnPorts {
  readonly spec: PodSpec;
  /** Declared number → the pod's own. */
  readonly ports: ReadonlyMap<number, number>;
}
/**
 * The spec with every containerPort replaced, and every probe and lifecycle port that names one, by number or name.
 * A probe of a port that is not declared keeps it.
 * @param free at least `countPorts(spec)` ports
 */
export declare function withOwnPorts(spec: PodSpec, free: readonly number[]): OwnPorts;
