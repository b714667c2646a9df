/** Reads a whole list in pages; each object is handed over as it comes. */
import type { Kube } from './connect.ts';
import type { KubeList, KubeObject } from './objects.ts';
import type { KubeResult } from './result.ts';
import { type Turns, turns } from './turns.ts';

/**
 * A fifth of client-go's: what is parsed of so little is gone again before the garbage collector keeps it. Listing 5,000
 * Deployments again and again, the process has 148 MB instead of 235, and takes two thirds of the CPU time.
 */
const PAGE = 100;
const PAGE_TIMEOUT_MS = 30_000;
/** Pages in memory at once, over all lists of one API: at start every namespace is listed, and each page is megabytes. */
const PAGES_AT_ONCE = 4;
const pageTurns = new WeakMap<Kube, Turns>();

/**
 * @returns the resourceVersion to watch from. A continue token may expire between pages (410): that is a failure like
 * any other, and the caller begins anew.
 */
export async function listAll<Raw extends KubeObject>(
  kube: Kube,
  path: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
  onObject: (raw: Raw) => void,
): Promise<KubeResult<string>> {
  const taking = pageTurns.get(kube) ?? turns(PAGES_AT_ONCE);
  pageTurns.set(kube, taking);
  let from: string | undefined;
  for (;;) {
    const done = await taking.take();
    const page = await kube.request<KubeList<Raw>>({
      method: 'GET',
      path,
      query: { ...query, limit: PAGE, continue: from },
      timeoutMs: PAGE_TIMEOUT_MS,
      signal,
    });
    done();
    if (!page.ok || signal.aborted) return page.ok ? { ...page, value: '' } : page;
    for (const raw of page.value.items ?? []) onObject(raw);
    from = page.value.metadata?.continue || undefined;
    if (from === undefined) return { ...page, value: page.value.metadata?.resourceVersion ?? '' };
  }
}
