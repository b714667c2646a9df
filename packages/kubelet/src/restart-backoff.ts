/** When an ended container starts again: the first time at once, then after 10, 20, 40 … 300 s, as the kubelet has it. */

const FIRST_MS = 10_000;
const LONGEST_MS = 300_000;
/** A container that ran this long starts over with the first delay (twice the longest: client-go's flowcontrol.Backoff). */
const FORGIVEN_AFTER_MS = 2 * LONGEST_MS;

export interface RestartBackoff {
  /** ms to wait after an end, given how long the container ran; 0 = at once. Raises the next delay. */
  next(ranMs: number): number;
}

export function restartBackoff(): RestartBackoff {
  let delayMs = 0;
  return {
    next(ranMs) {
      if (ranMs >= FORGIVEN_AFTER_MS) delayMs = 0;
      const waitMs = delayMs;
      delayMs = delayMs === 0 ? FIRST_MS : Math.min(delayMs * 2, LONGEST_MS);
      return waitMs;
    },
  };
}
