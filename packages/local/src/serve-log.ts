/** `GET .../pods/NAME/log`: what a container printed, and with `follow` what it prints until it ends. */
import type { ServerResponse } from 'node:http';
import { ApiError, badRequest } from './api-error.ts';
import { dig } from './json.ts';
import { PODS } from './kinds.ts';
import type { Pod } from './objects.ts';
import type { LogLine, PodLogs } from './pod-logs.ts';
import type { Store } from './store.ts';

interface LogOptions {
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  /** Null: all. */
  readonly tailLines: number | null;
  readonly sinceMs: number;
  readonly limitBytes: number;
}

function wholeNumber(query: URLSearchParams, name: string): number | null | ApiError {
  const text = query.get(name);
  if (text === null) return null;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return badRequest(`${name}: Invalid value: ${JSON.stringify(text)}: must be a number of 0 or more`);
}

function parseOptions(pod: Pod, query: URLSearchParams, nowMs: number): LogOptions | ApiError {
  const names = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ name }) => name);
  const asked = query.get('container') || pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (!asked && pod.spec.containers.length > 1) {
    return badRequest(
      `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`,
    );
  }
  const container = asked || pod.spec.containers[0]?.name || '';
  if (!names.includes(container)) return badRequest(`container ${container} is not valid for pod ${pod.metadata.name}`);
  const numbers: (number | null)[] = [];
  for (const name of ['tailLines', 'sinceSeconds', 'limitBytes']) {
    const value = wholeNumber(query, name);
    if (value instanceof ApiError) return value;
    numbers.push(value);
  }
  const [tailLines = null, sinceSeconds = null, limitBytes = null] = numbers;
  const sinceTime = Date.parse(query.get('sinceTime') ?? '');
  return {
    container,
    follow: query.get('follow') === 'true',
    previous: query.get('previous') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines,
    sinceMs: sinceSeconds === null ? sinceTime || 0 : nowMs - sinceSeconds * 1000,
    limitBytes: limitBytes ?? Number.POSITIVE_INFINITY,
  };
}

/** True while the container may still print; a crashed one that will be restarted counts. */
function mayPrint(pod: Pod): boolean {
  return pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
}

export function serveLog(
  store: Store,
  logs: PodLogs,
  pod: Pod,
  query: URLSearchParams,
  response: ServerResponse,
  nowMs: number,
): ApiError | null {
  const options = parseOptions(pod, query, nowMs);
  if (options instanceof ApiError) return options;
  const { container } = options;
  const { uid, name } = pod.metadata;
  const kept = logs.lines(uid, container, options.previous);
  if (options.previous && kept.length === 0) {
    return badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  }
  const status = pod.status?.containerStatuses?.find((entry) => entry.name === container);
  const waiting = dig(status?.state, 'waiting', 'reason');
  if (kept.length === 0 && !status?.restartCount && (waiting || (!status && pod.status?.phase === 'Pending'))) {
    const reason = typeof waiting === 'string' ? waiting : 'ContainerCreating';
    return badRequest(`container "${container}" in pod "${name}" is waiting to start: ${reason}`);
  }
  response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  let left = options.limitBytes;
  const write = (line: LogLine): void => {
    const stamp = options.timestamps ? `${new Date(line.wallMs).toISOString()} ` : '';
    const bytes = Buffer.from(`${stamp}${line.text}\n`).subarray(0, left);
    left -= bytes.length;
    if (bytes.length > 0) response.write(bytes);
  };
  const chosen = kept.filter((line) => line.wallMs >= options.sinceMs);
  const tail = options.tailLines === null ? chosen : chosen.slice(Math.max(0, chosen.length - options.tailLines));
  for (const line of tail) write(line);
  if (!options.follow || options.previous || !mayPrint(pod)) {
    response.end();
    return null;
  }
  const unfollow = logs.follow(uid, container, (line) => {
    write(line);
    if (left <= 0) response.end();
  });
  const unsubscribe = store.subscribe((event) => {
    if (event.table !== PODS.storedAs || event.object.metadata.uid !== uid) return;
    if (event.type === 'DELETED' || !mayPrint(event.object as Pod)) response.end();
  });
  response.on('close', () => {
    unfollow();
    unsubscribe();
  });
  return null;
}
