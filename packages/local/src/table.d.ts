/** Server-side tables (`as=Table`): the columns `kubectl get` shows, with the wide ones behind. */
import { type ResourceKind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { type Cell, type Column } from './table-cells.ts';
/** What stands beside the cells of a row. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly columnDefinitions: readonly Column[];
  readonly rows: readonly {
    readonly cells: readonly Cell[];
    readonly object?: KubeObject;
  }[];
}
export declare function tableOf(
  kind: ResourceKind,
  objects: readonly KubeObject[],
  nowMs: number,
  includeObject: IncludeObject,
  resourceVersion: string,
): Table;
