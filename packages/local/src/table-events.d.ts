import type { KubeObject } from './objects.ts';
import { type Cell, type Column } from './table-cells.ts';
export declare const eventColumns: readonly Column[];
/** @param object as core/v1 has it */
export declare function eventCells(object: KubeObject, nowMs: number): readonly Cell[];
