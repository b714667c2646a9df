/** One HTTP exchange over a shared undici dispatcher, told apart by whether anything was written to a connection. */
import type { Dispatcher } from 'undici';

export interface ExchangeRequest {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  /** Path with query. */
  readonly path: string;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange; 0 = no limit. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The response's head is there. */
  onHead?(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void;
  /** A chunk of the body; the buffer is the receiver's to keep. */
  onData(chunk: Buffer): void;
}

export type ExchangeEnd =
  | { readonly ok: true; readonly status: number; readonly retryAfter: string | undefined }
  | {
      readonly ok: false;
      /** `Timeout`, `Aborted`, or the code of the socket, TLS or HTTP error. */
      readonly code: string;
      readonly message: string;
      /** False when no byte can have reached the server. */
      readonly sent: boolean;
    };

/** Runs one exchange; resolves when its body has ended, or at once on failure, timeout or abort. Never rejects. */
export function exchange(request: ExchangeRequest): Promise<ExchangeEnd> {
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined;
    let status = 0;
    let retryAfter: string | undefined;
    let settled = false;

    function settle(end: ExchangeEnd): void {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
      resolve(end);
    }
    function cancel(code: string, message: string): void {
      const sent = controller !== undefined;
      settle({ ok: false, code, message, sent });
      controller?.abort(new Error(message));
    }
    function onAbort(): void {
      cancel('Aborted', 'the request was cancelled');
    }

    const timer =
      request.timeoutMs > 0
        ? setTimeout(() => cancel('Timeout', `no answer within ${request.timeoutMs} ms`), request.timeoutMs)
        : undefined;
    if (request.signal?.aborted) {
      onAbort();
      return;
    }
    request.signal?.addEventListener('abort', onAbort, { once: true });

    const options: Dispatcher.DispatchOptions = {
      origin: request.origin,
      path: request.path,
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
    };
    request.dispatcher.dispatch(options, {
      // Called right before the head is written: cancelled meanwhile, it never reaches the wire.
      onRequestStart(started) {
        if (settled) started.abort(new Error('cancelled before it was sent'));
        else controller = started;
      },
      onResponseStart(_controller, code, headers) {
        status = code;
        if (typeof headers['retry-after'] === 'string') retryAfter = headers['retry-after'];
        if (!settled) request.onHead?.(code, headers);
      },
      onResponseData(_controller, chunk) {
        if (!settled) request.onData(chunk);
      },
      onResponseEnd() {
        settle({ ok: true, status, retryAfter });
      },
      onResponseError(_controller, error) {
        settle({ ok: false, code: codeOf(error), message: error.message, sent: controller !== undefined });
      },
    });
  });
}

function codeOf(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code === 'string') return code;
  // A host with several addresses fails with one error that wraps one per address.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return first instanceof Error ? codeOf(first) : error.name;
}
