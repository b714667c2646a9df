/** What rules remember when a workload's autoscaler begins. */
import { TimeMaxWindow } from './max-window.ts';
import type { RuleMemory } from './rule.ts';
import { type ScaleSettings, TICK_MS } from './scale-settings.ts';

/**
 * Over more than one ready pod it begins in panic, as Knative's newAutoscaler does: history is lost, and that must not
 * shrink a workload under load.
 */
export function initialMemory(nowMs: number, settings: ScaleSettings, readyPods: number): RuleMemory {
  return {
    panicSinceMs: readyPods > 1 ? nowMs : null,
    panicMost: readyPods,
    recent: recentWishes(settings),
    zeroByHand: false,
    wish: 0,
  };
}

/** An empty window of recent wishes, null without a scale-down-delay. */
export function recentWishes(settings: ScaleSettings): TimeMaxWindow | null {
  return settings.scaleDownDelayMs > 0 ? new TimeMaxWindow(settings.scaleDownDelayMs, TICK_MS) : null;
}
