/** Checks what goes on to the other side: Node must read the same messages from it as from what came in. */
import { readWithNode } from './node-parser.ts';
import type { Field, Message, Reading } from './reading.ts';

/** Set by this hop whatever came in, or written in their plain form. */
const SET_IN_REQUESTS =
  /^(?:via|x-forwarded-(?:for|proto|host)|forwarded|te|connection|upgrade|host|content-length|transfer-encoding|max-forwards)$/i;
const SET_IN_RESPONSES = /^(?:via|date|connection|content-length)$/i;

const ENDS_HERE =
  /^(?:keep-alive|proxy-connection|http2-settings|x[-_](?:real[-_]ip|original[-_]url|rewrite[-_]url))$/i;
/** What Connection cannot take away. */
const PROTECTED = /^(?:authorization|cookie|traceparent|x-request-id|content-.*)$/i;

/** What keeps Node from reading a head that we let through (see the allowed differences) gives way to something plain. */
function readable(forwarded: string): string {
  return forwarded
    .replace(/^[^ ]+/, (method) => (/^(?:GET|POST|PUT|HEAD|OPTIONS|DELETE|PATCH)$/.test(method) ? method : 'POST'))
    .replace(
      /^([^ ]+ )([^ ]+)/,
      (_line, method: string, target: string) => method + target.replace(/[\x80-\xff]/g, 'x'),
    );
}

/** @returns null, or what is wrong with what pods get */
export function requestFault(ours: Reading, node: Reading): string | null {
  const texts = ours.forwarded.map(readable);
  const onward = readWithNode('request', Buffer.from(texts.join(''), 'latin1'));
  return faultOf(onward, ours, node, (message, sent) => {
    if (message.persists === false) return 'is told to close';
    const hosts = message.fields.filter(([name]) => name.toLowerCase() === 'host');
    if (hosts.length !== 1) return `gets ${hosts.length} Hosts`;
    return (
      endedField(message.fields, sent.fields, SET_IN_REQUESTS) ??
      unknownField(message.fields, sent.fields, SET_IN_REQUESTS)
    );
  });
}

/**
 * @param methods of the requests
 * @returns null, or what is wrong with what clients get
 */
export function responseFault(ours: Reading, node: Reading, methods: readonly string[]): string | null {
  const onward = readWithNode('response', Buffer.from(ours.forwarded.join(''), 'latin1'), methods, true);
  return faultOf(onward, ours, node, (message, sent) => {
    if (message.status !== sent.status) return `reads status ${message.status}`;
    return (
      endedField(message.fields, sent.fields, SET_IN_RESPONSES) ??
      unknownField(message.fields, sent.fields, SET_IN_RESPONSES)
    );
  });
}

function faultOf(
  onward: Reading,
  ours: Reading,
  node: Reading,
  more: (message: Message, sent: Message) => string | null,
): string | null {
  const count = ours.forwarded.length;
  if (onward.end === 'refused' || onward.messages.length !== count) {
    return `the receiver reads ${onward.messages.length} of ${count} messages: ${onward.end} ${onward.reason}`;
  }
  for (const [nth, message] of onward.messages.entries()) {
    // What Node did not read whole has no body to compare with.
    const received = node.messages[nth];
    const fault = more(message, ours.messages[nth]!) ?? (received === undefined ? null : bodyFault(message, received));
    if (fault !== null) return `the receiver of message ${nth} ${fault}`;
  }
  return null;
}

function bodyFault(onward: Message, received: Message): string | null {
  // Node reads a body there where the head tells of one; there is none (RFC 9112 6.3).
  const { status } = received;
  const body = (status > 0 && status < 200) || status === 204 || status === 304 ? '' : received.body;
  if (onward.body !== body) return `reads ${JSON.stringify(onward.body)} as body`;
  return unknownField(onward.trailers, received.trailers, null);
}

function unknownField(got: readonly Field[], sent: readonly Field[], set: RegExp | null): string | null {
  for (const [name, value] of got) {
    if (set?.test(name) === true || sent.some((field) => field[0] === name && field[1] === value)) continue;
    return `gets a field that was not sent: ${name}`;
  }
  return null;
}

/** A field that ends at this hop, by its name or because Connection names it. */
function endedField(got: readonly Field[], sent: readonly Field[], set: RegExp): string | null {
  const named = sent
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((option) => option.trim().toLowerCase()));
  for (const [name] of got) {
    if (set.test(name)) continue;
    if (ENDS_HERE.test(name)) return `gets ${name}, which ends here`;
    if (named.includes(name.toLowerCase()) && !PROTECTED.test(name)) return `gets ${name}, which Connection names`;
  }
  return null;
}
