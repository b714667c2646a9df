/** The rules of a decision, in their order: what load wants, what sleep allows, what the owner bounds, what caution holds. */
import type { Rule } from './rule.ts';
import { activationScale } from './rules/activation-scale.ts';
import { average } from './rules/average.ts';
import { demandFloor } from './rules/demand-floor.ts';
import { idle } from './rules/idle.ts';
import { initialScale } from './rules/initial-scale.ts';
import { keepOne } from './rules/keep-one.ts';
import { maxScale } from './rules/max-scale.ts';
import { maxScaleLimit } from './rules/max-scale-limit.ts';
import { minScale } from './rules/min-scale.ts';
import { panic } from './rules/panic.ts';
import { paused } from './rules/paused.ts';
import { rateLimits } from './rules/rate-limits.ts';
import { retention } from './rules/retention.ts';
import { scaleDownDelay } from './rules/scale-down-delay.ts';
import { stayAtZero } from './rules/stay-at-zero.ts';
import { unknownNeverDown } from './rules/unknown-never-down.ts';
import { wake } from './rules/wake.ts';
import { wakeStep } from './rules/wake-step.ts';
import { warmUp } from './rules/warm-up.ts';

/** What load wants: Knative's autoscaler (KPA), with the wake between its stable and its panic part so that panic keeps a wish too. */
export const loadRules: readonly Rule[] = [average, rateLimits, wake, activationScale, panic, scaleDownDelay];

/** Whether and how far it may sleep. */
export const sleepRules: readonly Rule[] = [stayAtZero, idle, retention, keepOne, demandFloor];

/** What the owner and the cluster bound: Knative's scaler. A floor outranks max-scale, so floors come first. */
export const boundRules: readonly Rule[] = [minScale, initialScale, maxScale, maxScaleLimit];

/** What caution holds; a pause outranks everything. */
export const cautionRules: readonly Rule[] = [unknownNeverDown, warmUp, wakeStep, paused];

export const rules: readonly Rule[] = [...loadRules, ...sleepRules, ...boundRules, ...cautionRules];
