/** The one way to a write of replicas: none without a Lease that no other can hold meanwhile. */
import type { WorkloadKey } from '@rouse/contract';
import type { Log } from '@rouse/daemon';
import type { Kube } from '@rouse/kube';
import type { LeaderLease } from '../cluster/lease.ts';
import type { ClusterView } from '../cluster/observed-workload.ts';
import { patchScale, type ScaleChange, type ScaleOutcome } from '../cluster/scale.ts';

export interface ScaleGateOptions {
  readonly kube: Kube;
  readonly log: Log;
  readonly view: Pick<ClusterView, 'noteWrite'>;
  readonly lease: Pick<LeaderLease, 'validForMs'>;
  leading(): boolean;
}

/** Nothing is written unless no other can lead for so long. */
const WRITE_MARGIN_MS = 2_000;

export class ScaleGate {
  readonly #options: ScaleGateOptions;

  constructor(options: ScaleGateOptions) {
    this.#options = options;
  }

  mayWrite(): boolean {
    return this.#options.leading() && this.#options.lease.validForMs() >= WRITE_MARGIN_MS;
  }

  /** Raising from zero is always safe, whoever leads; anything else needs the Lease. */
  async patch(key: WorkloadKey, change: ScaleChange): Promise<ScaleOutcome> {
    const { kube, view, log } = this.#options;
    const raisesFromZero = change.seen === 0 && change.to > 0;
    if (!raisesFromZero && !this.mayWrite()) {
      const message = 'the Lease is not valid for long enough';
      return { kind: 'failed', failure: { ok: false, status: 0, reason: 'NotLeading', message, sent: false } };
    }
    view.noteWrite(key, change.to);
    const outcome = await patchScale(kube, key, change);
    const fields = { key, from: change.seen, to: change.to };
    if (outcome.kind === 'applied') log.info('scaled', fields);
    else log.warn('not scaled', { ...fields, outcome: outcome.kind, problem: outcome.failure.message });
    return outcome;
  }
}
