/** Reads from the API itself where what was watched may be behind. */
import { deploymentPath, type Kube, type KubeResult, podPath, replicaSetPath } from '@rouse/kube';
import type { RawDeployment, RawPod, RawReplicaSet } from './api-shapes.ts';

/** Newest state of a Deployment or ReplicaSet, as far as scaling goes. */
export interface FreshScale {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly replicas: number;
  /** `status.replicas`. */
  readonly statusReplicas: number;
  readonly generation: number;
  readonly observedGeneration: number;
}

export async function readDeployment(kube: Kube, key: string): Promise<KubeResult<FreshScale>> {
  const slash = key.indexOf('/');
  return fresh(
    await kube.request<RawDeployment>({
      method: 'GET',
      path: deploymentPath(key.slice(0, slash), key.slice(slash + 1)),
    }),
  );
}

export async function readReplicaSet(kube: Kube, namespace: string, name: string): Promise<KubeResult<FreshScale>> {
  return fresh(await kube.request<RawReplicaSet>({ method: 'GET', path: replicaSetPath(namespace, name) }));
}

/** `gone` also when another pod has the name now; `going` with a deletionTimestamp. */
export async function readPodFate(
  kube: Kube,
  pod: { readonly namespace: string; readonly name: string; readonly uid: string },
): Promise<KubeResult<'gone' | 'going' | 'stays'>> {
  const result = await kube.request<RawPod>({ method: 'GET', path: podPath(pod.namespace, pod.name) });
  if (!result.ok) return result.status === 404 ? { ok: true, status: 404, value: 'gone' } : result;
  const { metadata } = result.value;
  if (metadata.uid !== pod.uid) return { ...result, value: 'gone' };
  return { ...result, value: metadata.deletionTimestamp === undefined ? 'stays' : 'going' };
}

function fresh(result: KubeResult<RawDeployment | RawReplicaSet>): KubeResult<FreshScale> {
  if (!result.ok) return result;
  const { metadata, spec, status } = result.value;
  return {
    ...result,
    value: {
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      replicas: spec?.replicas ?? 1,
      statusReplicas: status?.replicas ?? 0,
      generation: metadata.generation ?? 0,
      observedGeneration: status?.observedGeneration ?? 0,
    },
  };
}
