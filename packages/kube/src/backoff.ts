/** Delays between attempts: doubled each time, jittered, cut short when everything stops. */
import type { Clock } from '@rouse/contract';

export interface Backoff {
  /** Waits for the next delay, at least `leastMs`; at once when stopped. */
  next(leastMs?: number): Promise<void>;
  /** Waits for `ms` less up to a fifth of it, so that many callers do not ask together. */
  sleep(ms: number): Promise<void>;
  /** The next delay is the shortest again. */
  reset(): void;
}

const FIRST_MS = 100;
const MAX_MS = 10_000;

export function backoff(clock: Clock, signal: AbortSignal): Backoff {
  let attempt = 0;

  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const cancel = clock.after(ms, () => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
      function stop(): void {
        cancel();
        resolve();
      }
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  return {
    next(leastMs = 0) {
      const delayMs = Math.min(MAX_MS, FIRST_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
      attempt = Math.min(attempt + 1, 30);
      return wait(Math.max(leastMs, delayMs));
    },
    sleep: (ms) => wait(ms * (0.8 + Math.random() / 5)),
    reset() {
      attempt = 0;
    },
  };
}
