/** Columns and cells of server-side tables, and how kubectl writes durations. */
export type Cell = string | number;
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, 1 only with `-o wide`. */
  readonly priority: number;
}
export declare function column(name: string, more?: Partial<Omit<Column, 'name'>>): Column;
/** Upstream's `HumanDuration`: at most two units, coarser as it grows. */
export declare function humanDuration(ms: number): string;
/** Time since `timestamp` (RFC 3339). */
export declare function age(timestamp: unknown, nowMs: number): string;
