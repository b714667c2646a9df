/** One request on the control wire with a time limit; every way it can end is a value. */
import * as http from 'node:http';
import * as https from 'node:https';
import { type Clock, EPOCH_HEADER, GENERATION_HEADER } from '@rouse/contract';
import type { Push } from './outbox.ts';

const MAX_ANSWER_BYTES = 64 * 1024;

export type PushResult =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  /** `reached`: a connection stood, so the proxy may have acted on it. */
  | { readonly kind: 'failure'; readonly message: string; readonly reached: boolean };

export interface ControlTarget {
  /** Origin with an optional path prefix, e.g. `http://10.0.0.7:8081`. */
  readonly url: URL;
  readonly agent: http.Agent;
  /** Asked at every request, so that a rotated token is used at once; null sends none. */
  readonly token: () => string | null;
  readonly clock: Clock;
}

/** Opens a request; the caller ends it. */
export function openControlRequest(
  target: ControlTarget,
  method: string,
  path: string,
  headers: http.OutgoingHttpHeaders,
): http.ClientRequest {
  const token = target.token();
  const options: http.RequestOptions = {
    agent: target.agent,
    method,
    path: target.url.pathname.replace(/\/$/, '') + path,
    host: target.url.hostname.replace(/^\[|\]$/g, ''),
    port: target.url.port,
    headers: token === null ? headers : { ...headers, authorization: `Bearer ${token}` },
  };
  return target.url.protocol === 'https:' ? https.request(options) : http.request(options);
}

/** Keep-alive connections to one proxy: `maxSockets` 1 keeps pushes in order on the wire too. */
export function controlAgent(url: URL, maxSockets: number): http.Agent {
  const options = { keepAlive: true, noDelay: true, maxSockets };
  return url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
}

/**
 * Sends one push and waits for the whole answer. Never rejects.
 * @param timeoutMs whole exchange; past it the connection is destroyed
 * @param cancelled aborts it
 */
export function sendPush(
  target: ControlTarget,
  push: Push,
  timeoutMs: number,
  cancelled: AbortSignal,
): Promise<PushResult> {
  return new Promise((resolve) => {
    let reached = false;
    const headers: http.OutgoingHttpHeaders = {
      [EPOCH_HEADER]: push.fence.epoch,
      [GENERATION_HEADER]: push.fence.generation,
      'content-length': push.body === null ? 0 : Buffer.byteLength(push.body),
    };
    if (push.body !== null) headers['content-type'] = 'application/json';
    const request = openControlRequest(target, push.method, push.path, headers);
    const settle = (result: PushResult): void => {
      cancelTimer();
      cancelled.removeEventListener('abort', abort);
      if (result.kind === 'failure') request.destroy();
      resolve(result);
    };
    const fail = (message: string): void => settle({ kind: 'failure', message, reached });
    const abort = (): void => fail('cancelled');
    const cancelTimer = target.clock.after(timeoutMs, () => fail(`no answer within ${timeoutMs} ms`));
    cancelled.addEventListener('abort', abort);
    request.on('socket', (socket) => {
      if (socket.connecting)
        socket.once('connect', () => {
          reached = true;
        });
      else reached = true;
    });
    request.on('error', (error) => fail(error.message));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) fail(`answer above ${MAX_ANSWER_BYTES} bytes`);
        else chunks.push(chunk);
      });
      response.on('end', () =>
        settle({ kind: 'answer', status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
      response.on('error', (error) => fail(error.message));
    });
    request.end(push.body ?? undefined);
  });
}
