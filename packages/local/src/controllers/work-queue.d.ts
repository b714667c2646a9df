/** The keyed queue as the controllers use it: fed from inside writes, it works only after the writing turn has ended. */
import type { Clock } from '@rouse/contract';
export interface WorkQueue {
  /** Handles the key once the current turn has ended, so that a burst of changes costs one pass. */
  add(key: string): void;
  addAfter(key: string, delayMs: number): void;
  /** Drops what waits; resolves once the running calls have ended. */
  close(): Promise<void>;
}
export declare function createWorkQueue(
  clock: Clock,
  work: (key: string) => void | Promise<void>,
  onError: (key: string, error: unknown) => void,
): WorkQueue;
