/** The end of one container by the clock: preStop sleep, SIGTERM, grace period, SIGKILL. */
import type { Clock } from '@rouse/contract';

export interface Termination {
  /** A later deletion asked for less time, counted from now; more is not given. */
  shorten(graceMs: number): void;
  /** The container has ended. */
  cancel(): void;
}

/** Left for SIGTERM when the preStop sleep used up the grace period (kubelet: minimumGracePeriodInSeconds). */
const LEAST_GRACE_MS = 2000;

export interface TerminationOptions {
  readonly clock: Clock;
  /** Of the whole, the sleep included; 0 = SIGKILL at once and nothing else. */
  readonly graceMs: number;
  /** 0 = SIGTERM at once, in this turn. */
  readonly preStopSleepMs: number;
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

export function terminate({ clock, graceMs, preStopSleepMs, signal }: TerminationOptions): Termination {
  if (graceMs === 0) {
    signal('SIGKILL');
    return { shorten: () => undefined, cancel: () => undefined };
  }
  let graceEndMs = clock.nowMs() + graceMs;
  let sleepEndMs = clock.nowMs() + Math.min(preStopSleepMs, graceMs);
  let asked = false;
  let cancelTerm = (): void => undefined;
  let cancelKill = (): void => undefined;

  function ask(): void {
    asked = true;
    signal('SIGTERM');
  }

  function arm(): void {
    cancelTerm();
    cancelKill();
    const nowMs = clock.nowMs();
    if (!asked && sleepEndMs <= nowMs) ask();
    if (!asked) cancelTerm = clock.after(sleepEndMs - nowMs, ask);
    const killMs = preStopSleepMs > 0 ? Math.max(graceEndMs, sleepEndMs + LEAST_GRACE_MS) : graceEndMs;
    cancelKill = clock.after(Math.max(0, killMs - nowMs), () => signal('SIGKILL'));
  }

  arm();
  return {
    shorten(newGraceMs) {
      if (newGraceMs === 0) {
        signal('SIGKILL');
        return;
      }
      const endMs = clock.nowMs() + newGraceMs;
      if (endMs >= graceEndMs) return;
      graceEndMs = endMs;
      sleepEndMs = Math.min(sleepEndMs, endMs);
      arm();
    },
    cancel() {
      cancelTerm();
      cancelKill();
    },
  };
}
