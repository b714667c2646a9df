/** The admin port of a daemon: health, metrics, and routes of its own behind the control token. */
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Problem } from '@rouse/contract';
import { Hono, type MiddlewareHandler } from 'hono';
import type { ControlToken } from './control-token.ts';
import { type ListenAddress, listenProblem } from './listen-problem.ts';
import type { Log } from './log.ts';

/** What `/metrics` answers; a `Registry` of prom-client is one. */
export interface Scrape {
  readonly contentType: string;
  metrics(): Promise<string | Buffer<ArrayBuffer>>;
}

export interface AdminServerOptions extends ListenAddress {
  readonly token: ControlToken;
  /** null when ready, else the reason why not, in words. */
  ready(): string | null;
  readonly scrape: Scrape;
  /** Run before every route, health and metrics included. */
  readonly middleware?: readonly MiddlewareHandler[];
  /** Adds routes; `guard` answers 401 without a valid token and is to stand before every route that needs one. */
  mount?(app: Hono, guard: MiddlewareHandler): void;
  readonly log: Log;
}

export interface AdminServer {
  /** The port in use, also where 0 was asked for. */
  readonly port: number;
  /** Stops listening and ends every connection, streams included. */
  close(): Promise<void>;
}

export type AdminServerResult =
  | { readonly ok: true; readonly server: AdminServer }
  | { readonly ok: false; readonly problem: Problem };

/** True for `localhost`, `::1` and 127.0.0.0/8: addresses only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Answers 401 (RFC 6750) unless the request carries a valid token. */
export function bearerGuard(token: ControlToken): MiddlewareHandler {
  return async (context, next) => {
    if (token.isAuthorized(context.req.header('authorization'))) return next();
    return context.text('A valid bearer token is required.\n', 401, { 'www-authenticate': 'Bearer' });
  };
}

function makeApp(options: AdminServerOptions): Hono {
  const app = new Hono();
  for (const handler of options.middleware ?? []) app.use(handler);
  app.get('/livez', (context) => context.text('ok\n'));
  app.get('/readyz', (context) => {
    const reason = options.ready();
    return reason === null ? context.text('ok\n') : context.text(`not ready: ${reason}\n`, 503);
  });
  app.get('/metrics', async (context) =>
    context.body(await options.scrape.metrics(), 200, { 'content-type': options.scrape.contentType }),
  );
  options.mount?.(app, bearerGuard(options.token));
  app.notFound((context) => context.text('not found\n', 404));
  app.onError((error, context) => {
    options.log.error('admin request failed', { error, method: context.req.method, path: context.req.path });
    return context.text('internal error; see the log\n', 500);
  });
  return app;
}

/** Listens, or tells in a problem why it cannot: port taken, or no token off loopback. */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServerResult> {
  const { host, port, hostFlag } = options;
  if (!isLoopback(host) && options.token.current === null) {
    const fix = `Give a token with --control-token-file or ROUSE_CONTROL_TOKEN, or bind to loopback with --${hostFlag} 127.0.0.1.`;
    const allowed = 'a loopback address as long as there is no control token';
    return {
      ok: false,
      problem: { source: 'flag', key: `--${hostFlag}`, value: host, allowed, fix, severity: 'error' },
    };
  }
  const server = createAdaptorServer({ fetch: makeApp(options).fetch });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    const problem = listenProblem(error, options);
    if (problem === null) throw error;
    return { ok: false, problem };
  }
  server.removeAllListeners('error');
  server.on('error', (error) => options.log.error('admin server failed', { error }));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
  return { ok: true, server: { port: (server.address() as AddressInfo).port, close } };
}
