/** `GET .../pods/NAME/log`: what a container printed, and with `follow` what it prints until it ends. */
import type { ServerResponse } from 'node:http';
import type { Kubelet, LogOptions } from '@rouse/kubelet';
import { ApiError, badRequest } from './api-error.ts';
import type { Pod } from './objects.ts';

/** Where the logs are: the kubelet that runs the pods. */
export type LogSource = Kubelet['logs'];

function wholeNumber(query: URLSearchParams, name: string): number | undefined | ApiError {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return badRequest(`${name}: Invalid value: ${JSON.stringify(text)}: must be a number of 0 or more`);
}

function parseOptions(query: URLSearchParams, nowMs: number, signal: AbortSignal): LogOptions | ApiError {
  const tailLines = wholeNumber(query, 'tailLines');
  if (tailLines instanceof ApiError) return tailLines;
  const asked = wholeNumber(query, 'sinceSeconds');
  if (asked instanceof ApiError) return asked;
  const sinceTimeMs = Date.parse(query.get('sinceTime') ?? '');
  const sinceSeconds = asked ?? (Number.isNaN(sinceTimeMs) ? undefined : (nowMs - sinceTimeMs) / 1000);
  return {
    follow: query.get('follow') === 'true',
    previous: query.get('previous') === 'true',
    timestamps: query.get('timestamps') === 'true',
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    signal,
  };
}

/** Streams the log; resolves once it is through, or with the refusal. */
export async function serveLog(
  source: LogSource | undefined,
  pod: Pod,
  query: URLSearchParams,
  response: ServerResponse,
  nowMs: number,
): Promise<ApiError | null> {
  const left = new AbortController();
  response.on('close', () => left.abort());
  const options = parseOptions(query, nowMs, left.signal);
  if (options instanceof ApiError) return options;
  const limit = wholeNumber(query, 'limitBytes');
  if (limit instanceof ApiError) return limit;
  if (!source) return badRequest('no node runs pods here, so there are no logs');
  const { name, namespace = '', annotations } = pod.metadata;
  const container = query.get('container') || annotations?.['kubectl.kubernetes.io/default-container'] || undefined;
  const found = source(namespace, name, container, options);
  if (!found.ok) {
    return found.status === 404 ? new ApiError(404, 'NotFound', found.message) : badRequest(found.message);
  }
  response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  let bytesLeft = limit ?? Number.POSITIVE_INFINITY;
  for await (const line of found.lines) {
    const bytes = Buffer.from(line).subarray(0, bytesLeft);
    bytesLeft -= bytes.length;
    if (!response.write(bytes)) await drained(response);
    if (bytesLeft <= 0) break;
  }
  response.end();
  return null;
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
