/** A clock that stands still until the test advances it; timers due on the way run in order, at their own time. */
import type { Clock } from './clock.ts';

export interface ManualClock extends Clock {
  /** Moves time forward by `ms` and runs every timer that falls due. */
  advance(ms: number): void;
}

/** @param startWallMs Unix time at monotonic 0 */
export function manualClock(startWallMs = Date.UTC(2026, 0, 1)): ManualClock {
  let nowMs = 0;
  let sequence = 0;
  const timers = new Map<number, { atMs: number; run: () => void }>();

  function nextDue(untilMs: number): number | undefined {
    let best: number | undefined;
    for (const [id, timer] of timers) {
      if (timer.atMs <= untilMs && (best === undefined || timer.atMs < timers.get(best)!.atMs)) best = id;
    }
    return best;
  }

  return {
    nowMs: () => nowMs,
    wallMs: () => startWallMs + nowMs,
    after(delayMs, run) {
      const id = sequence++;
      timers.set(id, { atMs: nowMs + Math.max(0, delayMs), run });
      return () => timers.delete(id);
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (let id = nextDue(untilMs); id !== undefined; id = nextDue(untilMs)) {
        const timer = timers.get(id)!;
        timers.delete(id);
        nowMs = timer.atMs;
        timer.run();
      }
      nowMs = untilMs;
    },
  };
}
