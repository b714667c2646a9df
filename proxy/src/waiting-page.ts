/** The page a browser sees while its workload wakes, or cannot: with or without scripts, it loads itself anew until the app answers. */
import { createHash } from 'node:crypto';
import { failure, isFailureCode } from '@rouse/contract';
import type { Exchange } from './exchange.ts';
import { accepts } from './http1/accept.ts';
import type { Workload } from './workload.ts';

/** Seconds between two attempts of the page, and where no pod can start. */
const REFRESH_SECONDS = 1;
const BLOCKED_REFRESH_SECONDS = 5;

const STYLE = `
  body { font: 1.1rem/1.5 system-ui, sans-serif; display: grid; place-content: center; min-height: 90vh; margin: 0 1rem; text-align: center; color: #333; background: #fafafa }
  b, code { overflow-wrap: anywhere }
  i { display: block; width: 2.2rem; height: 2.2rem; margin: 0 auto 1rem; border: .25rem solid #ddd; border-top-color: #e08a00; border-radius: 50%; animation: turn 1s linear infinite }
  @keyframes turn { to { transform: rotate(1turn) } }
  @media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } }
  @media (prefers-reduced-motion: reduce) { i { animation: none } }
`;
/** Keeps the fragment, which many apps have their place in; a refresh does nothing at all where the address has one. */
const SCRIPT = 'setTimeout(() => location.reload(), 1000 * document.documentElement.dataset.refresh);';

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Nothing but the page's own style and script may be loaded or run. */
const POLICY = `Content-Security-Policy: default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'\r\nX-Content-Type-Options: nosniff\r\n`;

/** An answer for `Exchange.reply`. */
export interface WaitingPage {
  readonly status: number;
  readonly body: string;
  /** Field lines beyond type, length and Cache-Control: no-store. */
  readonly fields: string;
}

/**
 * A page that a browser is about to show: GET or HEAD that names text/html, no less than JSON. What a script fetches,
 * which browsers tell (Fetch Metadata), waits for the app as any other request does.
 */
export function wantsWaitingPage(exchange: Exchange): boolean {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return false;
  if ((exchange.field('sec-fetch-mode') ?? 'navigate') !== 'navigate') return false;
  const accept = exchange.field('accept') ?? '';
  const html = accepts(accept, 'text/html');
  return html > 0 && html >= accepts(accept, 'application/json');
}

/** Status 503: neither a cache nor a crawler nor a check may take it for the app's. @param nowMs by the proxy's clock */
export function waitingPage(workload: Workload, target: string, nowMs: number): WaitingPage {
  const waitedS = Math.floor(Math.max(0, nowMs - workload.wakingSinceMs) / 1000);
  const since = waitedS < 2 ? '' : `<br>It has been for ${duration(waitedS)}.`;
  return {
    status: failure('waking').status,
    body: page(
      `${escaped(workload.name)} is waking up`,
      REFRESH_SECONDS,
      target,
      `<i></i>\n<p><b>${escaped(workload.name)}</b> is waking up.${since}<br>This page continues by itself.</p>`,
    ),
    fields: fields('waking', REFRESH_SECONDS),
  };
}

/** No pod can start. @param code of the failure table, or made up by an operator of another version */
export function blockedPage(workload: Workload, target: string, code: string): WaitingPage {
  const { status, title } = isFailureCode(code) ? failure(code) : { status: 503, title: 'Service unavailable' };
  return {
    status,
    body: page(
      `${escaped(workload.name)} cannot start`,
      BLOCKED_REFRESH_SECONDS,
      target,
      `<p><b>${escaped(workload.name)}</b> cannot start: ${escaped(title)} (<code>${escaped(code)}</code>).<br>This page goes on trying.</p>`,
    ),
    fields: fields(code, BLOCKED_REFRESH_SECONDS),
  };
}

function page(title: string, refreshSeconds: number, target: string, content: string): string {
  return `<!doctype html>
<html lang="en" data-refresh="${refreshSeconds}">
<meta charset="utf-8">
<noscript><meta http-equiv="refresh" content="${refreshSeconds}; url=${escaped(sameTarget(target))}"></noscript>
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${STYLE}</style>
<script>${SCRIPT}</script>
${content}
</html>
`;
}

/** A reference to `target` on this host, also where it begins with two slashes; bytes beyond ASCII are kept as they are. */
function sameTarget(target: string): string {
  return `/.${target.replace(/[^\x21-\x7e]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`)}`;
}

function fields(code: string, retryAfterSeconds: number): string {
  return `x-rouse-error: ${code}\r\nRetry-After: ${retryAfterSeconds}\r\n${POLICY}`;
}

function duration(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
