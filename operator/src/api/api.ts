/** The operator's HTTP API under /api: workloads, their decisions and history, waking one, and the stream of changes. */
import type { ServerResponse } from 'node:http';
import type { WorkloadStatus } from '@rouse/contract';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { EventFeed } from './event-feed.ts';
import { problemAnswer } from './problem-answer.ts';
import { type GuardOptions, tokenGuard } from './request-guard.ts';
import type { StatusHistory } from './status-history.ts';
import type { StatusSource } from './status-source.ts';

const MAX_BODY_BYTES = 16 * 1024;
const MAX_NAMED_WORKLOADS = 20;
const MAX_ECHOED_CHARS = 100;

export interface ApiParts {
  readonly source: StatusSource;
  readonly history: StatusHistory;
  readonly feed: EventFeed;
  /** Judges the Authorization field; absent where no token is wanted. */
  readonly authorized: GuardOptions['authorized'];
}

/** What the node:http server hands to Hono with each request. */
interface NodeServed {
  Bindings: { readonly outgoing: ServerResponse };
}

/** Routes relative to /api behind the token; the other guards and headers are the caller's. */
export function apiRoutes({ source, history, feed, authorized }: ApiParts): Hono<NodeServed> {
  const api = new Hono<NodeServed>();
  api.use(tokenGuard(authorized));
  api.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) => problemAnswer(c, 413, 'Content Too Large', `A body may have ${MAX_BODY_BYTES} bytes.`),
    }),
  );
  api.use(async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
  });
  api.get('/workloads', (c) => c.json({ workloads: source.workloads() }));
  api.get('/history', (c) => c.json({ workloads: history.list() }));
  api.get('/workloads/:namespace/:name', (c) => {
    const workload = source.workload(keyOf(c));
    return workload === undefined ? unknownWorkload(c, source) : c.json(workload);
  });
  api.get('/workloads/:namespace/:name/decisions', (c) => {
    const decisions = source.decisions(keyOf(c));
    return decisions === undefined ? unknownWorkload(c, source) : c.json({ decisions });
  });
  api.post('/workloads/:namespace/:name/wake', async (c) => {
    if (source.workload(keyOf(c)) === undefined) return unknownWorkload(c, source);
    const result = await source.wake(keyOf(c));
    if (result.ok) return c.json({ desired: result.desired, message: result.message }, 202);
    return result.reason === 'refused'
      ? problemAnswer(c, 409, 'Conflict', result.message)
      : problemAnswer(c, 503, 'Service Unavailable', result.message, { 'retry-after': '2' });
  });
  api.get('/events', (c) => {
    // The connection ends with the stream, so that a stopping server need not wait for it to be reused.
    const headers = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no', connection: 'close' };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const stream = feed.open(() => c.env.outgoing.destroy());
    if (stream === null)
      return problemAnswer(c, 503, 'Service Unavailable', 'Too many readers.', { 'retry-after': '5' });
    return c.body(stream, 200, headers);
  });
  for (const [path, allow] of [
    ['/workloads', 'GET, HEAD'],
    ['/history', 'GET, HEAD'],
    ['/events', 'GET, HEAD'],
    ['/workloads/:namespace/:name', 'GET, HEAD'],
    ['/workloads/:namespace/:name/decisions', 'GET, HEAD'],
    ['/workloads/:namespace/:name/wake', 'POST'],
  ] as const) {
    api.all(path, (c) => problemAnswer(c, 405, 'Method Not Allowed', `Allowed: ${allow}.`, { allow }));
  }
  api.all('*', (c) => problemAnswer(c, 404, 'Not Found', 'Try /api/workloads, /api/history or /api/events.'));
  return api;
}

function keyOf(c: Context): string {
  return `${c.req.param('namespace')}/${c.req.param('name')}`;
}

function unknownWorkload(c: Context, source: StatusSource): Response {
  const asked = JSON.stringify(keyOf(c).slice(0, MAX_ECHOED_CHARS));
  return problemAnswer(c, 404, 'Not Found', `There is no workload ${asked}. ${known(source.workloads())}`);
}

function known(workloads: readonly WorkloadStatus[]): string {
  if (workloads.length === 0) return 'None is known: annotate a Deployment with rouse.dev/enabled: "true".';
  const names = workloads.slice(0, MAX_NAMED_WORKLOADS).map((one) => `${one.namespace}/${one.name}`);
  const more = workloads.length - names.length;
  return `Known: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}
