/** A new leader's rehearsal: one write of `/scale` as a dry run, before the first request depends on it. */
import type { WorkloadKey } from '@rouse/contract';
import type { Log } from '@rouse/daemon';
import type { Kube } from '@rouse/kube';
import type { ClusterView } from '../cluster/observed-workload.ts';
import { patchScale } from '../cluster/scale.ts';

export interface RehearsalOptions {
  readonly kube: Kube;
  readonly view: Pick<ClusterView, 'keys' | 'get'>;
  readonly log: Log;
}

/**
 * Writes the replicas that are there to the first managed workload, without effect. Missing rights are found now and
 * not by somebody's request; and the first wake does not pay for a cold connection and code that never ran.
 * @returns the workload it was tried on; null where there is none
 */
export async function rehearseScale({ kube, view, log }: RehearsalOptions): Promise<WorkloadKey | null> {
  const observed = view
    .keys()
    .map((key) => view.get(key))
    .find((each) => each?.mode === 'managed');
  if (observed === undefined) return null;
  const { key, replicas } = observed;
  const outcome = await patchScale(kube, key, { seen: replicas, to: replicas }, true);
  if (outcome.kind !== 'applied' && outcome.failure.status === 403) {
    log.error('replicas cannot be written; grant patch of deployments/scale to this account', {
      key,
      problem: outcome.failure.message,
    });
  }
  return key;
}
