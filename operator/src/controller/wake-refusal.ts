/** Why a person's wish to wake a workload cannot be met. */
import type { WakeResult } from '../api/status-source.ts';
import type { ObservedWorkload } from '../cluster/observed-workload.ts';

/** Null when it can. */
export function wakeRefusal(observed: ObservedWorkload, leading: boolean): WakeResult | null {
  const { mode, modeReason, conflict, settings } = observed;
  if (!leading) return { ok: false, reason: 'unavailable', message: 'This operator does not lead (yet).' };
  const refused = (message: string): WakeResult => ({ ok: false, reason: 'refused', message });
  if (mode === 'left-alone') return refused(`Rouse leaves it alone: ${modeReason}.`);
  if (settings.paused !== null) return refused('It is paused: remove rouse.dev/paused.');
  if (conflict !== null) return refused(`${conflict.manager} keeps setting replicas back.`);
  return null;
}
