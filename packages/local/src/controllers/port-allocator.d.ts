export interface PortAllocator {
  /** As many ports as asked for, held by `holder`; null when the range has no more. */
  allocate(holder: string, count: number): Promise<readonly number[] | null>;
  release(holder: string): void;
  /** Passes what a holder has to another, e.g. from a pod about to be made to the pod's uid. */
  rename(holder: string, to: string): void;
}
/** Ports go round the range, from a random place: one just let go is the last to be used again. */
export declare function createPortAllocator(first?: number, last?: number): PortAllocator;
