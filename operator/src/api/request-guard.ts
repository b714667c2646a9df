/** Refuses what a foreign web page or a stranger could make a browser send: rebinding, cross-site writes, no token. */

import { isIP } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { problemAnswer } from './problem-answer.ts';

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];
/** Answered to any address, since kubelets and Prometheus dial the pod's own; a rebinding page always has a name. */
const PROBED_PATHS = new Set(['/livez', '/readyz', '/metrics']);

export interface GuardOptions {
  /** Hosts answered to beside loopback's, without port. */
  readonly hosts: readonly string[];
  /** Judges the Authorization field of calls under /api; absent where no token is wanted. */
  readonly authorized?: (authorization: string | undefined) => boolean;
}

/**
 * In this order: 421 for a Host that is not ours (a page whose name was rebound to this address sends its own), 403 for
 * a write from another origin, 415 for one that is not JSON (the types a form can send need no preflight).
 */
export function requestGuard(options: Pick<GuardOptions, 'hosts'>): MiddlewareHandler {
  const hosts = new Set([...LOOPBACK_HOSTS, ...options.hosts.map((host) => host.toLowerCase())]);
  return async (c, next) => {
    const host = hostName(c.req.header('host') ?? '');
    if (!hosts.has(host) && !(PROBED_PATHS.has(c.req.path) && isAddress(host))) {
      return problemAnswer(
        c,
        421,
        'Misdirected Request',
        `This operator does not answer to host ${JSON.stringify(host)}; name it with --api-host if it should.`,
      );
    }
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      const refused = refuseForeignWrite(c);
      if (refused !== null) return refused;
    }
    await next();
  };
}

/** Answers 401 to calls without the control token; let through where none is wanted. */
export function tokenGuard(authorized: GuardOptions['authorized']): MiddlewareHandler {
  return async (c, next) => {
    if (authorized === undefined || authorized(c.req.header('authorization'))) return next();
    return problemAnswer(c, 401, 'Unauthorized', 'Send the control token as Authorization: Bearer TOKEN.', {
      'www-authenticate': 'Bearer realm="rouse"',
    });
  };
}

function refuseForeignWrite(c: Context): Response | null {
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  if (
    (origin !== undefined && !isOwnOrigin(origin, c.req.header('host') ?? '')) ||
    (site ?? 'same-origin') !== 'same-origin'
  ) {
    return problemAnswer(c, 403, 'Forbidden', 'Requests that change something are taken from this origin only.');
  }
  const type = (c.req.header('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type !== 'application/json') {
    return problemAnswer(c, 415, 'Unsupported Media Type', 'Send Content-Type: application/json.');
  }
  return null;
}

/** Scheme left open: TLS may end before this server. */
function isOwnOrigin(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  const own = `${protocol}//${host}`;
  return /^https?:$/.test(protocol) && URL.canParse(own) && new URL(own).host === originHost;
}

/** Lower case, without the port. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '');
}

function isAddress(host: string): boolean {
  return isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

/** On every answer: no script, style or frame but our own, no guessing of types, nothing for other origins. */
export function securityHeaders(): MiddlewareHandler {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return async (c, next) => {
    await next();
    c.header('content-security-policy', policy);
    c.header('x-content-type-options', 'nosniff');
    c.header('referrer-policy', 'no-referrer');
    c.header('cross-origin-resource-policy', 'same-origin');
    c.header('cross-origin-opener-policy', 'same-origin');
    c.header('x-frame-options', 'DENY');
  };
}
