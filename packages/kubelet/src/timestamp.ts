/** Time as Kubernetes objects carry it. */
import type { Clock } from '@rouse/contract';

/** RFC 3339 in whole seconds, UTC (metav1.Time). */
export function timestamp(clock: Clock): string {
  return new Date(clock.wallMs()).toISOString().replace(/\.\d+Z$/, 'Z');
}
