/** The rows of Deployments and ReplicaSets. */
import type { KubeObject } from './objects.ts';
import { type Cell, type Column } from './table-cells.ts';
export declare const deploymentColumns: readonly Column[];
export declare const replicaSetColumns: readonly Column[];
export declare function deploymentCells(object: KubeObject, nowMs: number): readonly Cell[];
export declare function replicaSetCells(object: KubeObject, nowMs: number): readonly Cell[];
