/** Every way in which our reading of responses may differ from Node's, with the reason. */
import type { Allowed } from './difference.ts';
import { fieldsOf, headOf, inHead, nodeRefuses, weRefuse } from './explain.ts';
import { framingDifferences } from './framing-differences.ts';
import { smallLimits } from './small-limits.ts';

const BAD = /^refused bad-response$/;
/** The head of a response without one. */
const TELLS_OF_A_BODY =
  /^HTTP\/1\.[0-9] (?:1[0-9]{2}|204|304)(?=[ \r])(?:.*\r\n)*?(?:content-length|transfer-encoding):/i;

const own: readonly Allowed[] = [
  {
    name: '101 only where it was asked for',
    why: 'HTTP.md, Forwarding: any other is 502',
    covers: weRefuse(/^refused bad-response \(101\)$/, inHead(/^HTTP\/1\.[0-9] 101/)),
  },
  {
    name: 'a number of interim responses',
    why: 'HTTP.md, Parsing; Node has no limit',
    covers: weRefuse(/^refused bad-response \(too many\)$/, inHead(/^HTTP\/1\.[0-9] 1/)),
  },
  {
    name: 'status codes from 100 to 599',
    why: 'RFC 9110 15',
    covers: weRefuse(BAD, inHead(/^HTTP\/1\.[0-9] (?:0|[6-9])[0-9]{2}/)),
  },
  {
    name: 'HTTP/1.x alone',
    why: 'pods speak it; Node reads HTTP/0.9, HTTP/2.0, RTSP and ICE as well',
    covers: weRefuse(BAD, inHead(/^(?:HTTP\/[02]|R(?:$|T(?:$|S(?:$|P)))|I(?:$|C(?:$|E)))/)),
  },
  {
    name: 'no empty line in front',
    why: 'RFC 9112 2.2 has servers alone pass over one; Node passes over any number of CR and LF',
    covers: weRefuse(BAD, ({ raw }) => /^[\r\n]/.test(raw)),
  },
  {
    name: 'limit of heads',
    why: 'HTTP.md, Parsing; Node has a larger one',
    covers: weRefuse(
      BAD,
      (difference) =>
        headOf(difference).length > smallLimits.responseHeadBytes - 2 || fieldsOf(difference) > smallLimits.fields,
    ),
  },
  {
    name: 'no control character in a reason',
    why: 'RFC 9112 4; Node lets any byte pass',
    covers: weRefuse(BAD, inHead(/^HTTP\/1\.[0-9] [0-9]{3} [^\r\n]*[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/)),
  },
  {
    name: 'no body behind 1xx, 204 and 304',
    why: 'RFC 9112 6.3; Node reads one where the head tells of one',
    covers: (difference) =>
      difference.kind !== 'cut' && (inHead(TELLS_OF_A_BODY)(difference) || TELLS_OF_A_BODY.test(difference.previous)),
  },
  {
    name: 'a 204 that announces a body ends the connection',
    why: 'HTTP.md, Forwarding: a body may follow it all the same',
    covers: (difference) =>
      difference.ours.startsWith('closed') &&
      /^HTTP\/1\.[0-9] 204(?=[ \r])(?:.*\r\n)*(?:content-length|transfer-encoding):/i.test(difference.previous),
  },
  {
    name: 'no other coding than chunked',
    why: 'HTTP.md, Parsing: nobody asked for one; Node reads such a response to the end of the connection',
    covers: weRefuse(BAD, inHead(/\r\ntransfer-encoding:(?![ \t]*chunked[ \t]*\r)/i)),
  },
  {
    name: 'any minor version',
    why: 'RFC 9110 2.5: HTTP/1.x above 1 is read as 1.1',
    covers: nodeRefuses(/HPE_INVALID_VERSION/, inHead(/^HTTP\/1\.[2-9](?: |$)/)),
  },
];

/** The first that covers a difference explains it; one that none covers is a finding. */
export const responseDifferences: readonly Allowed[] = [...own, ...framingDifferences];
