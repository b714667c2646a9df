/** A request for a container's log over HTTP: the query's options read, and lines sent as fast as the client takes them. */
import type { ServerResponse } from 'node:http';
import type { LogOptions } from './logs.ts';

export interface LogQuery {
  readonly options: LogOptions;
  /** Most bytes to send. */
  readonly limitBytes: number;
}

export type LogQueryResult =
  | { readonly ok: true; readonly query: LogQuery }
  /** In the words of the Kubernetes API's 400. */
  | { readonly ok: false; readonly message: string };

/** Reads the options of `PodLogOptions` (core/v1) from a query string. @param nowMs Unix ms, for `sinceTime` */
export function readLogQuery(query: URLSearchParams, nowMs: number, signal: AbortSignal): LogQueryResult {
  const numbers = new Map<string, number>();
  for (const name of ['tailLines', 'sinceSeconds', 'limitBytes']) {
    const text = query.get(name);
    if (text === null) continue;
    if (!/^\d{1,15}$/.test(text)) {
      return { ok: false, message: `${name}: Invalid value: ${JSON.stringify(text)}: must be a number of 0 or more` };
    }
    numbers.set(name, Number(text));
  }
  const tailLines = numbers.get('tailLines');
  const sinceTimeMs = Date.parse(query.get('sinceTime') ?? '');
  const sinceSeconds =
    numbers.get('sinceSeconds') ?? (Number.isNaN(sinceTimeMs) ? undefined : (nowMs - sinceTimeMs) / 1000);
  const options: LogOptions = {
    follow: query.get('follow') === 'true',
    previous: query.get('previous') === 'true',
    timestamps: query.get('timestamps') === 'true',
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    signal,
  };
  return { ok: true, query: { options, limitBytes: numbers.get('limitBytes') ?? Number.POSITIVE_INFINITY } };
}

/** Sends head and lines; resolves with the last one. */
export async function sendLog(
  response: ServerResponse,
  lines: AsyncIterable<string>,
  limitBytes: number,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  let bytesLeft = limitBytes;
  for await (const line of lines) {
    const bytes = Buffer.from(line).subarray(0, bytesLeft);
    bytesLeft -= bytes.length;
    if (!response.write(bytes)) await drained(response);
    if (bytesLeft <= 0) break;
  }
  response.end();
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
