/** Whether Deployment and ReplicaSets have taken up the specs now wanted, asked of the API itself. */
import type { WorkloadKey } from '@rouse/contract';
import type { Kube } from '@rouse/kube';
import { readDeployment, readReplicaSet } from '../cluster/fresh-read.ts';

/**
 * True once their observedGeneration is that of their spec, and no ReplicaSet has more pods than its spec wants;
 * null when the API could not tell. What is gone owes nothing any more.
 */
export async function haveCaughtUp(
  kube: Kube,
  key: WorkloadKey,
  replicaSets: readonly string[],
): Promise<boolean | null> {
  const [namespace] = key.split('/');
  const deployment = await readDeployment(kube, key);
  if (!deployment.ok) return deployment.status === 404 ? true : null;
  if (deployment.value.observedGeneration < deployment.value.generation) return false;
  for (const name of replicaSets) {
    const set = await readReplicaSet(kube, namespace!, name);
    if (!set.ok) {
      if (set.status !== 404) return null;
      continue;
    }
    const { observedGeneration, generation, statusReplicas, replicas } = set.value;
    // With fewer pods than wanted (a quota, say) it only creates.
    if (observedGeneration < generation || statusReplicas > replicas) return false;
  }
  return true;
}
