/** Zero exactly when the last request ended a window (and the scale-down-delay) ago, and not before. */
import type { Rule } from '../rule.ts';
import { seconds } from '../wording.ts';

export const idle: Rule = {
  name: 'idle',
  apply({ nowMs, idle: state, replicas, settings }, n) {
    const annotation = 'autoscaling.knative.dev/window';
    const idleFor = seconds(Math.max(0, nowMs - state.sinceMs));
    if (state.due) return { n: 0, why: `idle for ${idleFor}, window ${seconds(settings.windowMs)}`, annotation };
    if (n > 0 || replicas === 0) return null;
    return { n: 1, why: `idle for only ${idleFor} of ${seconds(state.dueAtMs - state.sinceMs)}`, annotation };
  },
};
