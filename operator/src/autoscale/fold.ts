/** Folds an ordered list of rules over a replica count and keeps the trace of the moves. */
import type { DecisionStep } from '@rouse/contract';
import type { Rule, RuleContext } from './rule.ts';

export interface Folded {
  readonly n: number;
  /** Rules that moved the number, in order. */
  readonly steps: readonly DecisionStep[];
}

/** @param start count before the first rule: the replicas there are */
export function foldRules(rules: readonly Rule[], context: RuleContext, start: number): Folded {
  const steps: DecisionStep[] = [];
  let n = start;
  for (const rule of rules) {
    const outcome = rule.apply(context, n, steps);
    if (outcome === null || outcome.n === n) continue;
    const step = { rule: rule.name, before: n, after: outcome.n, why: outcome.why };
    steps.push(outcome.annotation === undefined ? step : { ...step, annotation: outcome.annotation });
    n = outcome.n;
  }
  return { n, steps };
}
