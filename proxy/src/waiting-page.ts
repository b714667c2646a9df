/** The page a browser sees while its workload wakes: it asks again by itself until the real one answers. */
import type { Exchange } from './exchange.ts';

/** Seconds between two attempts of the page. */
const REFRESH_SECONDS = 1;

/** A navigation by a browser: GET, and it names text/html among what it accepts. */
export function wantsWaitingPage(exchange: Exchange): boolean {
  return exchange.method === 'GET' && /(^|[\s,])text\/html($|[\s,;])/i.test(exchange.field('accept') ?? '');
}

export const WAITING_STATUS = 503;

/** Fields of its answer beyond type and length: never cached, and any crawler knows to come again. */
export const WAITING_FIELDS = `Cache-Control: no-store\r\nRetry-After: ${REFRESH_SECONDS}\r\nRefresh: ${REFRESH_SECONDS}\r\n`;

/** @param name of the workload, a Kubernetes name; escaped all the same */
export function waitingPage(name: string): string {
  const safe = name.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${safe} is waking up</title>
<style>
  body { font: 1.1rem/1.5 system-ui, sans-serif; display: grid; place-content: center; min-height: 90vh; text-align: center; color: #333; background: #fafafa }
  i { display: block; width: 2.2rem; height: 2.2rem; margin: 0 auto 1rem; border: .25rem solid #ddd; border-top-color: #e08a00; border-radius: 50%; animation: turn 1s linear infinite }
  @keyframes turn { to { transform: rotate(1turn) } }
  @media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } }
  @media (prefers-reduced-motion: reduce) { i { animation: none } }
</style>
<i></i>
<p><b>${safe}</b> is waking up.<br>This page continues by itself.</p>
</html>
`;
}
