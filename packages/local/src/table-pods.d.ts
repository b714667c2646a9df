import type { KubeObject, Pod } from './objects.ts';
import { type Cell, type Column } from './table-cells.ts';
export declare const podColumns: readonly Column[];
/** The STATUS column. */
export declare function podStatus(pod: Pod): string;
export declare function podCells(object: KubeObject, nowMs: number): readonly Cell[];
