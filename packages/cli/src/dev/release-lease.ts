/** Frees the Lease of an operator that died: nobody else runs, so the next one need not wait for its expiry. */

/** Never rejects: without it the next operator only waits. */
export async function releaseLease(
  apiUrl: string,
  lease: { readonly namespace: string; readonly name: string },
): Promise<void> {
  const url = `${apiUrl}/apis/coordination.k8s.io/v1/namespaces/${lease.namespace}/leases/${lease.name}`;
  const headers = { 'content-type': 'application/merge-patch+json' };
  const body = JSON.stringify({ spec: { holderIdentity: '' } });
  try {
    const answer = await fetch(url, { method: 'PATCH', headers, body, signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
  } catch {
    // Not there yet, or the API is ending too.
  }
}
