/** The demand at which one proxy should report at once, because panic would start there. */
import type { ScaleSettings } from './scale-settings.ts';

/**
 * Least demand with ceil(demand / target) / ready pods >= threshold, shared evenly by the proxies. Null for rps, whose
 * rate no single moment shows, and where the target is so large that no proxy could count as much.
 */
export function panicAlarm(settings: ScaleSettings, readyPods: number, members: number): number | null {
  if (settings.metric === 'rps') return null;
  const pods = Math.ceil(settings.panicThreshold * Math.max(1, readyPods));
  const least = Math.floor(settings.target * (pods - 1)) + 1;
  const alarm = Math.max(1, Math.floor(least / Math.max(1, members)));
  return Number.isSafeInteger(alarm) ? alarm : null;
}
