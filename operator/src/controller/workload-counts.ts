/** What is counted of one workload, as plain numbers that metrics copy when somebody asks. */
import type { DecisionRecord } from '@rouse/contract';
import type { ScaleOutcome } from '../cluster/scale.ts';

export type PatchResult = 'ok' | 'conflict' | 'refused' | 'unknown';
export type HandshakeOutcome = 'patched' | 'revoked' | 'aborted';

export interface WorkloadCounts {
  readonly decisions: Map<DecisionRecord['cause'], number>;
  readonly patches: Map<PatchResult, number>;
  readonly handshakes: Map<HandshakeOutcome, number>;
  foreignWrites: number;
}

export function noCounts(): WorkloadCounts {
  return { decisions: new Map(), patches: new Map(), handshakes: new Map(), foreignWrites: 0 };
}

export function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** `conflict`: something else was there; `refused`: any other answer that proves it was not applied. */
export function patchResult(outcome: ScaleOutcome): PatchResult {
  switch (outcome.kind) {
    case 'applied':
      return 'ok';
    case 'refused':
      return 'conflict';
    case 'failed':
      return 'refused';
    case 'unknown':
      return 'unknown';
  }
}
