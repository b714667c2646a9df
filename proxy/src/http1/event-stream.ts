/** Tells a stream of server-sent events, which no client half-closes: its FIN means that it has left. */
import type { BodyRelay } from './body-relay.ts';
import type { ResponseHead } from './response-head.ts';

const EVENT_STREAM = /\r\nContent-Type:[ \t]*text\/event-stream[ \t]*[;\r]/i;

/** True for an answer of this type (WHATWG HTML 9.2) that goes on until somebody leaves. */
export function isEventStream(head: ResponseHead, body: BodyRelay): boolean {
  return !body.isComplete && head.contentLength < 0 && EVENT_STREAM.test(head.text);
}
