/** Words for a change of replicas: for the transition log, and the whole chain of reasons for the Event. */
import type { DecisionRecord } from '@rouse/contract';

/** Short: `idle 6 s` for sleep, else what the last rule that moved the count says. */
export function shortWhy(record: DecisionRecord, to: number): string {
  const last = record.steps.at(-1);
  if (to === 0 && last?.rule !== 'paused') return `idle ${Math.round(Number(record.inputs.idleMs ?? 0) / 1000)} s`;
  return last?.why ?? record.cause;
}

/** The decision as an Event says it: every rule that moved the number, in order. */
export function decisionMessage(record: DecisionRecord, from: number, to: number): string {
  const chain = record.steps.map((step) => `${step.rule} ${step.before}→${step.after} (${step.why})`);
  const idle = to === 0 ? [shortWhy(record, to)] : [];
  return `Scaled from ${from} to ${to} (${record.cause}): ${[...idle, ...chain].join('; ') || 'as decided'}.`;
}
