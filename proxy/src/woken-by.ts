/** Who woke a workload, in a few words for people: `curl GET /path`. */
import type { Exchange } from './exchange.ts';

const PRODUCT_CHARS = 32;
const PATH_CHARS = 80;

/** The User-Agent's first product without its version, the method and the path; visible ASCII only, shortened. */
export function wokenBy(exchange: Exchange): string {
  const agent = exchange.field('user-agent') ?? '';
  const product = shorten(visible(agent.split(/[/ (]/, 1)[0] ?? ''), PRODUCT_CHARS);
  const request = `${shorten(visible(exchange.method), PRODUCT_CHARS)} ${shorten(visible(exchange.path), PATH_CHARS)}`;
  return product === '' ? request : `${product} ${request}`;
}

function visible(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '?');
}

function shorten(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1)}…`;
}
