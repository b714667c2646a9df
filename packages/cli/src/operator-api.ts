/** The operator's API as the command line uses it: one GET, and the stream of events. */
import type { ApiEvent } from '@rouse/contract';
import { createEventDecoder } from './event-stream.ts';

/** Answer of one call: the value, or one line for a person. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

const TIMEOUT_MS = 5_000;
const RECONNECT_AFTER_MS = 250;

const TOKEN_VARIABLE = 'ROUSE_CONTROL_TOKEN';
const TOKEN_WANTED = `the operator wants its control token: set ${TOKEN_VARIABLE} to the one in the Secret rouse-control-token`;

/** An operator in a cluster wants the token of its Secret; of two, during a rotation, either will do. */
function credentials(): Record<string, string> {
  const [token] = (process.env[TOKEN_VARIABLE] ?? '').split(/\s+/).filter((each) => each !== '');
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** GETs `path` (e.g. `/api/workloads`) from the operator at `baseUrl`; never throws. */
export async function getJson<T>(baseUrl: string, path: string): Promise<Answer<T>> {
  if (!/^https?:/.test(baseUrl) || !URL.canParse(baseUrl)) {
    return failed(
      `${JSON.stringify(baseUrl)} is no address of an operator; write e.g. --operator http://127.0.0.1:9090`,
    );
  }
  let response: Response;
  try {
    response = await fetch(new URL(path, baseUrl), { headers: credentials(), signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    return failed(
      `no operator at ${baseUrl} (${reason(error)}); start one with "rouse dev PATH", or name it with --operator URL`,
    );
  }
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    return failed(
      `what answers at ${baseUrl} is no operator of Rouse (status ${response.status}, no JSON); name it with --operator URL`,
    );
  }
  if (response.ok) return { ok: true, value: body as T };
  if (response.status === 401) return failed(TOKEN_WANTED);
  const { detail, title } = (body ?? {}) as { detail?: string; title?: string };
  return failed(detail ?? title ?? `the operator answered ${response.status}`);
}

function failed(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}

function reason(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error instanceof Error ? error.message : String(error);
}

export interface EventListener {
  readonly onEvent: (event: ApiEvent) => void;
  /** The stream that was read is lost; called once until it is back. */
  readonly onDown?: () => void;
}

/**
 * Reads `GET /api/events` until `signal` aborts, connecting again 250 ms after the stream ended.
 * Each connection begins with a `snapshot`.
 */
export async function followEvents(baseUrl: string, signal: AbortSignal, listener: EventListener): Promise<void> {
  while (!signal.aborted) {
    let wasUp = false;
    try {
      const response = await fetch(new URL('/api/events', baseUrl), { headers: credentials(), signal });
      if (response.ok && response.body) {
        for await (const event of parseEvents(response.body)) {
          wasUp = true;
          listener.onEvent(event);
        }
      } else await response.body?.cancel();
    } catch (error) {
      // A lost or refused connection (fetch rejects with TypeError) ends up in the pause below, as an ended stream does.
      if (!signal.aborted && !(error instanceof TypeError)) throw error;
    }
    if (signal.aborted) return;
    if (wasUp) listener.onDown?.();
    await pause(RECONNECT_AFTER_MS, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

const TYPES: ReadonlySet<string> = new Set<ApiEvent['type']>(['snapshot', 'workload', 'removed', 'transition']);

/** The events of a stream; types that this version does not know are skipped. */
export async function* parseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ApiEvent> {
  const decode = createEventDecoder();
  for await (const chunk of body) {
    for (const { type, data } of decode(chunk)) {
      if (TYPES.has(type)) yield { type, ...JSON.parse(data) } as ApiEvent;
    }
  }
}
