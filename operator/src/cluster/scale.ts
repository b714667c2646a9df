/** Writes `spec.replicas` by the scale subresource, only if it still is what was seen. */
import { deploymentScalePath, JSON_PATCH, type Kube, type KubeFailure } from '@rouse/kube';
import { FIELD_MANAGER } from './field-owner.ts';

export interface ScaleChange {
  /** `spec.replicas` as it was seen, >= 0; anything else there refuses the patch. */
  readonly seen: number;
  /** >= 0. */
  readonly to: number;
  /** Also refuse it if the Deployment changed in any way since. */
  readonly resourceVersion?: string;
}

/**
 * `refused`: something else is there now; known not applied. `unknown`: it may have been applied, or still be until
 * `SCALE_TIMEOUT_MS` after it was sent: wait that long and read again. `failed`: known not applied.
 */
export type ScaleOutcome =
  | { readonly kind: 'applied'; readonly resourceVersion: string }
  | { readonly kind: 'refused'; readonly failure: KubeFailure }
  | { readonly kind: 'unknown'; readonly failure: KubeFailure }
  | { readonly kind: 'failed'; readonly failure: KubeFailure };

/** The server gives up after this (`?timeout=`), and then will not apply it any more. */
export const SCALE_TIMEOUT_MS = 3_000;

/**
 * @param key `namespace/name` of the Deployment
 * @param dryRun the API goes through everything, admission included, and stores nothing
 */
export async function patchScale(kube: Kube, key: string, change: ScaleChange, dryRun = false): Promise<ScaleOutcome> {
  const slash = key.indexOf('/');
  const result = await kube.request<{ metadata?: { resourceVersion?: string } }>({
    method: 'PATCH',
    path: deploymentScalePath(key.slice(0, slash), key.slice(slash + 1)),
    query: { timeout: `${SCALE_TIMEOUT_MS / 1000}s`, fieldManager: FIELD_MANAGER, dryRun: dryRun ? 'All' : undefined },
    contentType: JSON_PATCH,
    body: scalePatch(change),
    timeoutMs: SCALE_TIMEOUT_MS + 500,
  });
  if (result.ok) return { kind: 'applied', resourceVersion: result.value?.metadata?.resourceVersion ?? '' };
  // 422: a test failed. 409: others wrote all the while the server retried.
  if (result.status === 422 || result.status === 409) return { kind: 'refused', failure: result };
  return { kind: result.sent ? 'unknown' : 'failed', failure: result };
}

/** A Scale leaves `replicas` out at 0, so that 0 is tested by an empty spec. */
export function scalePatch({ seen, to, resourceVersion }: ScaleChange): readonly object[] {
  const unchanged =
    resourceVersion === undefined ? [] : [{ op: 'test', path: '/metadata/resourceVersion', value: resourceVersion }];
  return seen === 0
    ? [...unchanged, { op: 'test', path: '/spec', value: {} }, { op: 'add', path: '/spec/replicas', value: to }]
    : [
        ...unchanged,
        { op: 'test', path: '/spec/replicas', value: seen },
        { op: 'replace', path: '/spec/replicas', value: to },
      ];
}
