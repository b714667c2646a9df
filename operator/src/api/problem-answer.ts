/** Answers that say what is wrong, as RFC 9457 problem documents. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** JSON escapes what came from the request; `nosniff` and the media type keep it from being shown as a page. */
export function problemAnswer(
  c: Context,
  status: ContentfulStatusCode,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  const body = JSON.stringify({ type: 'about:blank', title, status, detail });
  return c.body(body, status, { 'content-type': 'application/problem+json', ...headers });
}
