/** The operator's API and page as parts for the admin server: what stands before every route, and the routes. */
import type { Clock } from '@rouse/contract';
import type { Hono, MiddlewareHandler } from 'hono';
import { pageRoutes } from '../page/page-routes.ts';
import { apiRoutes } from './api.ts';
import { EventFeed } from './event-feed.ts';
import { type GuardOptions, requestGuard, securityHeaders } from './request-guard.ts';
import { StatusHistory } from './status-history.ts';
import type { StatusSource } from './status-source.ts';

export interface OperatorHttpOptions extends GuardOptions {
  readonly source: StatusSource;
  readonly clock: Clock;
}

export interface OperatorHttp {
  /** For `startAdminServer`'s option of this name: hosts, origins, token, headers. */
  readonly middleware: readonly MiddlewareHandler[];
  /** For `startAdminServer`'s option of this name: /api and the page at /. */
  mount(app: Hono): void;
  /** Event streams open now. */
  readonly readers: number;
  /** Ends event streams and sampling. */
  close(): void;
}

/** Starts sampling the source's history; the server is the caller's. */
export function operatorHttp(options: OperatorHttpOptions): OperatorHttp {
  const { source, clock } = options;
  const feed = new EventFeed(source, clock);
  const history = new StatusHistory(source, clock);
  return {
    middleware: [securityHeaders(), requestGuard(options)],
    mount(app) {
      app.route('/api', apiRoutes({ source, history, feed, authorized: options.authorized }));
      app.route('/', pageRoutes());
    },
    get readers() {
      return feed.readers;
    },
    close() {
      feed.close();
      history.close();
    },
  };
}
