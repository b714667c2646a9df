/** The heads a client gets: those of pods with what this hop adds, and the proxy's own answers whole. */
import type { Http1Engine } from './engine.ts';
import { dateLine } from './http-date.ts';
import { type OwnAnswer, ownAnswerText } from './own-answer.ts';
import type { ResponseHead } from './response-head.ts';
import { type ResponseFraming, serializeResponse } from './serialize-response.ts';

/** What a client is told of its connection after this answer. */
export function connectionLine(closes: boolean, isHttp10: boolean): string {
  if (closes) return 'Connection: close\r\n';
  return isHttp10 ? 'Connection: keep-alive\r\n' : '';
}

/**
 * Of a final response.
 * @param waitedMs how long the request was held
 * @param connection from `connectionLine`
 */
export function finalHead(
  engine: Http1Engine,
  head: ResponseHead,
  framing: ResponseFraming,
  waitedMs: number,
  connection: string,
): string {
  let added = head.isHttp10 ? `Via: 1.0 ${engine.viaName}\r\n` : `Via: 1.1 ${engine.viaName}\r\n`;
  if (!head.hasDate) added += dateLine(engine.clock);
  if (waitedMs > 0) added += `Server-Timing: rouse-wake;dur=${waitedMs.toFixed(1)}\r\n`;
  const keepsLength = framing === 'none' && head.status !== 204;
  return serializeResponse(head, framing, keepsLength, added + connection);
}

/** Of a 1xx response other than 101. */
export function interimHead(head: ResponseHead): string {
  return serializeResponse(head, 'none', false, '');
}

/** Of the response that switches protocols. */
export function switchingHead(engine: Http1Engine, head: ResponseHead): string {
  const added = `Via: 1.1 ${engine.viaName}\r\nConnection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n`;
  return serializeResponse(head, 'none', false, added);
}

/** An answer of the proxy itself, body included. */
export function answerText(engine: Http1Engine, answer: OwnAnswer, connection: string, method: string): string {
  return ownAnswerText(answer, dateLine(engine.clock) + connection, method === 'HEAD');
}
