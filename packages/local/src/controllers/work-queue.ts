/** The keyed queue as the controllers use it: fed from inside writes, it works only after the writing turn has ended. */
import type { Clock } from '@rouse/contract';
import { keyedQueue } from '@rouse/kube';

export interface WorkQueue {
  /** Handles the key once the current turn has ended, so that a burst of changes costs one pass. */
  add(key: string): void;
  addAfter(key: string, delayMs: number): void;
  /** Drops what waits; resolves once the running calls have ended. */
  close(): Promise<void>;
}

export function createWorkQueue(
  clock: Clock,
  work: (key: string) => void | Promise<void>,
  onError: (key: string, error: unknown) => void,
): WorkQueue {
  const queue = keyedQueue({ clock, concurrency: Number.POSITIVE_INFINITY, work, onError });
  const fresh = new Set<string>();

  function flush(): void {
    const keys = [...fresh];
    fresh.clear();
    for (const key of keys) queue.add(key);
  }

  return {
    add(key) {
      if (fresh.size === 0) setImmediate(flush);
      fresh.add(key);
    },
    addAfter: queue.addAfter,
    async close() {
      queue.stop();
      await queue.idle();
    },
  };
}
