/** The operator's API as the command line uses it: one GET, and the stream of events. */
import type { ApiEvent } from '@rouse/contract';

/** Answer of one call: the value, or one line for a person. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/** GETs `path` (e.g. `/api/workloads`) from the operator at `baseUrl`; never throws. */
export async function getJson<T>(baseUrl: string, path: string): Promise<Answer<T>> {
  try {
    const response = await fetch(new URL(path, baseUrl), { signal: AbortSignal.timeout(5_000) });
    const body = (await response.json()) as T & { detail?: string; title?: string };
    if (response.ok) return { ok: true, value: body };
    return { ok: false, message: body.detail ?? body.title ?? `the operator answered ${response.status}` };
  } catch (error) {
    return { ok: false, message: unreachable(baseUrl, error) };
  }
}

function unreachable(baseUrl: string, error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  return `no operator at ${baseUrl} (${cause}); start one with "rouse dev", or name it with --operator URL`;
}

/**
 * Reads `GET /api/events` until `signal` aborts, reconnecting after 250 ms whenever the stream ends.
 * Each connection begins with a `snapshot`. `onDown` is called once per loss of the stream.
 */
export async function followEvents(
  baseUrl: string,
  signal: AbortSignal,
  onEvent: (event: ApiEvent) => void,
  onDown: () => void = () => {},
): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await fetch(new URL('/api/events', baseUrl), { signal });
      if (response.ok && response.body) for await (const event of parseEvents(response.body)) onEvent(event);
    } catch {
      // A lost or refused connection ends up in the pause below, as an ended stream does.
    }
    if (signal.aborted) return;
    onDown();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Decodes a server-sent event stream (WHATWG HTML 9.2) of `ApiEvent`s; comments and unknown fields are skipped. */
export async function* parseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ApiEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const type = lines
        .find((line) => line.startsWith('event:'))
        ?.slice(6)
        .trim();
      const data = lines
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).replace(/^ /, ''))
        .join('\n');
      if (type !== undefined && data !== '') yield { type, ...JSON.parse(data) } as ApiEvent;
    }
  }
}
