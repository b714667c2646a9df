/** Tells where a pod's response ends (RFC 9112 6.3), and whether another may follow on its connection. */
import type { BodyRelay } from './body-relay.ts';
import type { ChunkOptions } from './chunks.ts';
import type { ResponseHead } from './response-head.ts';

/**
 * Begins `body` as the head of a final response tells.
 * @param method of the request
 * @returns whether the connection may carry another exchange once the body is complete
 */
export function beginResponseBody(head: ResponseHead, method: string, body: BodyRelay, chunks: ChunkOptions): boolean {
  if (method === 'HEAD' || head.status === 204 || head.status === 304) body.begin('none', 0, chunks);
  else if (head.isChunked) body.begin('chunked', 0, chunks);
  else if (head.contentLength >= 0) body.begin('length', head.contentLength, chunks);
  else body.begin('close', 0, chunks);
  // A 204 that announces a body may well be followed by one, and that must not meet the next request.
  const announces = head.status === 204 && (head.isChunked || head.contentLength > 0);
  return head.connection.persists(head.isHttp10) && body.kind !== 'close' && !announces;
}
