/** Ways in which our reading of lengths, chunks and trailers may differ from Node's, of requests as of responses. */
import type { Allowed, Difference } from './difference.ts';
import { anyOf, bodyOf, headOf, inBody, inHead, nodeRefuses, weRefuse } from './explain.ts';
import { smallLimits } from './small-limits.ts';

/** A fault of a head, or of a body. */
const HEAD = /^refused bad-(?:request|response|framing)$/;
const BODY = /^refused bad-(?:request|response) \(body\)$/;
const TAB = /\r\ntransfer-encoding:[ \t]*chunked *\t[ \t]*\r\n/i;

function saysBoth(head: string): boolean {
  const isOld = /^(?:\r\n)?(?:[^\r]* )?HTTP\/1\.0[ \r]/.test(head);
  return isOld && /\r\nconnection:.*close/i.test(head) && /\r\nconnection:.*keep-alive/i.test(head);
}
function extensionBytes(difference: Difference): number {
  const lines = bodyOf(difference).matchAll(/(?:^|\n)[0-9a-f]+([ \t]*;[^\r]*)/gi);
  return [...lines].reduce((sum, line) => sum + line[1]!.length, 0);
}
function trailerBytes(difference: Difference): number {
  const sections = bodyOf(difference).matchAll(/(?:^|\n)0+(?:[ \t]*;[^\r]*)?\r\n((?:.+\r\n)*.*)/g);
  return Math.max(0, ...[...sections].map((section) => section[1]!.length));
}

export const framingDifferences: readonly Allowed[] = [
  {
    name: 'no Transfer-Encoding in HTTP/1.0',
    why: 'RFC 9112 6.1: the message is faulty',
    covers: weRefuse(HEAD, inHead(/^(?:[^\r]* )?HTTP\/1\.0(?=[ \r])(?:.*\r\n)*transfer-encoding:/i)),
  },
  {
    name: 'sizes end at 2^53-1',
    why: 'HTTP.md, Parsing: beyond it numbers are rounded',
    covers: anyOf(
      weRefuse(HEAD, inHead(/\r\ncontent-length:[ \t]*[0-9]{16,}/i)),
      weRefuse(BODY, inBody(/(?:^|\n)(?:0*[1-9a-f][0-9a-f]{13,}|[0-9a-f]{33,})/i)),
    ),
  },
  {
    name: 'chunked alone',
    why: 'HTTP.md, Parsing: other codings before it, other lists and several fields are refused',
    covers: anyOf(
      weRefuse(/^refused unknown-coding$/, inHead(/\r\ntransfer-encoding:.*,[ \t]*chunked[ \t]*\r\n/i)),
      weRefuse(HEAD, inHead(/\r\ntransfer-encoding:(?:.*,|(?:.*\r\n)*transfer-encoding:)/i)),
    ),
  },
  {
    name: 'limits of chunk extensions and trailers',
    why: 'HTTP.md, Parsing; Node has none for the first, and a larger one for the others',
    covers: weRefuse(
      BODY,
      (difference) =>
        extensionBytes(difference) > smallLimits.chunkExtensionBytes ||
        trailerBytes(difference) > smallLimits.trailerBytes - 2,
    ),
  },
  {
    name: 'obs-fold',
    why: 'RFC 9112 5.2: it may be refused, and HTTP.md, Parsing, says so',
    covers: anyOf(weRefuse(HEAD, inHead(/\r\n[ \t]/)), weRefuse(BODY, inBody(/\r\n[ \t]/))),
  },
  {
    name: 'chunk extensions are not interpreted',
    why: 'they go no further: any of visible bytes, space and tab, after a semicolon',
    covers: nodeRefuses(/HPE_STRICT: Invalid character in chunk extensions/, inBody(/[0-9a-f][ \t]*;/i)),
  },
  {
    name: 'white space before a chunk extension',
    why: 'RFC 9112 7.1.1: BWS',
    covers: nodeRefuses(/HPE_INVALID_CHUNK_SIZE: Invalid character in chunk size/, inBody(/[0-9a-f][ \t]+;/i)),
  },
  {
    name: 'framing fields as trailers are dropped',
    why: 'RFC 9110 6.5.1: they mean nothing there; Node refuses lengths, and takes Connection at its word',
    covers: anyOf(
      nodeRefuses(
        /HPE_(?:INVALID|UNEXPECTED)_(?:CONTENT_LENGTH|TRANSFER_ENCODING)/,
        inBody(/\r\n0+(?:[ \t]*;.*)?\r\n(?:.*\r\n)*(?:content-length|transfer-encoding):/i),
      ),
      ({ node, previous }) =>
        node.includes('HPE_CLOSED_CONNECTION') && /\r\n0+(?:[ \t]*;.*)?\r\n(?:.*\r\n)*connection:/i.test(previous),
    ),
  },
  {
    name: 'a tab behind chunked',
    why: 'RFC 9110 5.5: OWS around a value is none of it; Node takes it for another coding',
    covers: anyOf(
      nodeRefuses(/HPE_INVALID_TRANSFER_ENCODING/, inHead(TAB)),
      weRefuse(BODY, inHead(TAB)),
      (difference) => difference.kind === 'onward' && TAB.test(difference.raw),
    ),
  },
  {
    name: 'Proxy-Connection says nothing',
    why: 'RFC 9112 C.2.2: it is not to be acted on',
    covers: anyOf(
      (difference) => difference.kind === 'persists' && inHead(/\r\nproxy-connection:/i)(difference),
      // Behind a response without a body Node tells of it only here.
      (difference) => difference.node.startsWith('closed') && /\r\nproxy-connection:/i.test(difference.previous),
    ),
  },
  {
    name: 'close counts more than keep-alive',
    why: 'RFC 9112 9.3; Node keeps a connection of HTTP/1.0 that says both',
    covers: anyOf(
      (difference) => difference.kind === 'persists' && saysBoth(headOf(difference)),
      // Of a response without a body Node does not tell.
      (difference) => difference.ours.startsWith('closed') && saysBoth(difference.previous),
    ),
  },
  {
    name: 'a line end in part',
    why: 'it is judged when the line, or the head, is whole',
    covers: (difference) =>
      difference.kind === 'end' && difference.ours === 'incomplete' && /^[\r\n]+$/.test(difference.raw),
  },
];
