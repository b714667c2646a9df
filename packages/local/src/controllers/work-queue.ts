/** A queue of keys: each is handled by one call at a time, again when asked meanwhile, later when it failed. */
import type { Clock } from '@rouse/contract';

export interface WorkQueue {
  /** Handles the key soon: after the current turn, so that a burst of changes costs one pass. */
  add(key: string): void;
  addAfter(key: string, delayMs: number): void;
  /** Drops what waits; resolves once the running calls have ended. */
  close(): Promise<void>;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 10_000;

/** @param handle true when done, false to be called again after a growing delay */
export function createWorkQueue(
  clock: Clock,
  handle: (key: string) => boolean | Promise<boolean>,
  onError: (key: string, error: unknown) => void,
): WorkQueue {
  const waiting = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const failures = new Map<string, number>();
  const timers = new Map<string, { cancel: () => void; atMs: number }>();
  let scheduled = false;
  let closed = false;

  function schedule(): void {
    if (scheduled || closed) return;
    scheduled = true;
    setImmediate(drain);
  }

  function drain(): void {
    scheduled = false;
    for (const key of [...waiting]) {
      if (closed) return;
      // A key that is being handled stays in the queue until that call has ended.
      if (running.has(key)) continue;
      waiting.delete(key);
      const run = attempt(key).then(() => {
        running.delete(key);
        if (waiting.has(key)) schedule();
      });
      running.set(key, run);
    }
  }

  async function attempt(key: string): Promise<void> {
    let done = false;
    try {
      done = await handle(key);
    } catch (error) {
      onError(key, error);
    }
    if (done) {
      failures.delete(key);
      return;
    }
    const count = failures.get(key) ?? 0;
    failures.set(key, count + 1);
    addAfter(key, Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** count));
  }

  function add(key: string): void {
    waiting.add(key);
    schedule();
  }

  function addAfter(key: string, delayMs: number): void {
    if (closed) return;
    const atMs = clock.nowMs() + delayMs;
    const timer = timers.get(key);
    if (timer && timer.atMs <= atMs) return;
    timer?.cancel();
    const cancel = clock.after(delayMs, () => {
      timers.delete(key);
      add(key);
    });
    timers.set(key, { cancel, atMs });
  }

  return {
    add,
    addAfter,
    async close() {
      closed = true;
      waiting.clear();
      for (const { cancel } of timers.values()) cancel();
      timers.clear();
      await Promise.all(running.values());
    },
  };
}
