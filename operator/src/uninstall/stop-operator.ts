/** Scales the operator's own Deployment to zero and waits until none of its pods is left: nobody may put anything to sleep again. */
import type { Clock } from '@rouse/contract';
import { deploymentScalePath, type Kube, type KubeFailure, type KubeList, MERGE_PATCH, podsPath } from '@rouse/kube';

export interface StopOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly namespace: string;
}

/** `absent`: there is no such Deployment. `lingering`: its pods did not end in time. */
export type StopOutcome =
  | { readonly kind: 'stopped' | 'absent' | 'lingering' }
  | { readonly kind: 'failed'; readonly failure: KubeFailure };

const NAME = 'rouse-operator';
const POLL_MS = 500;
/** Its terminationGracePeriodSeconds and some. */
const LONGEST_MS = 45_000;

export async function stopOperator({ kube, clock, namespace }: StopOptions): Promise<StopOutcome> {
  const path = deploymentScalePath(namespace, NAME);
  const body = { spec: { replicas: 0 } };
  const patched = await kube.request({ method: 'PATCH', path, contentType: MERGE_PATCH, body });
  if (!patched.ok) return patched.status === 404 ? { kind: 'absent' } : { kind: 'failed', failure: patched };
  const untilMs = clock.nowMs() + LONGEST_MS;
  const query = { labelSelector: `app.kubernetes.io/name=${NAME}` };
  while (clock.nowMs() < untilMs) {
    const pods = await kube.request<KubeList<unknown>>({ method: 'GET', path: podsPath(namespace), query });
    if (pods.ok && (pods.value.items ?? []).length === 0) return { kind: 'stopped' };
    await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
  }
  return { kind: 'lingering' };
}
