/** `GET .../pods/NAME/log`: what a container printed, and with `follow` what it prints until it ends. */
import type { ServerResponse } from 'node:http';
import { type Kubelet, readLogQuery, sendLog } from '@rouse/kubelet';
import { ApiError, badRequest } from './api-error.ts';
import type { Pod } from './objects.ts';

/** Where the logs are: the kubelet that runs the pods. */
export type LogSource = Kubelet['logs'];

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
  const asked = readLogQuery(query, nowMs, left.signal);
  if (!asked.ok) return badRequest(asked.message);
  if (!source) return badRequest('no node runs pods here, so there are no logs');
  const { name, namespace = '', annotations } = pod.metadata;
  const container = query.get('container') || annotations?.['kubectl.kubernetes.io/default-container'] || undefined;
  const found = source(namespace, name, container, asked.query.options);
  if (!found.ok) {
    return found.status === 404 ? new ApiError(404, 'NotFound', found.message) : badRequest(found.message);
  }
  await sendLog(response, found.lines, asked.query.limitBytes);
  return null;
}
