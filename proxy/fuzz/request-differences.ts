/** Every way in which our reading of requests may differ from Node's, with the reason. */
import { METHODS } from 'node:http';
import type { Allowed, Difference } from './difference.ts';
import { anyOf, fieldsOf, headOf, inHead, nodeRefuses, weRefuse } from './explain.ts';
import { framingDifferences } from './framing-differences.ts';
import { smallLimits } from './small-limits.ts';

const known = new Set(METHODS);
const BAD_REQUEST = /^refused bad-request$/;

function target(difference: Difference): string {
  return /^[^ \r\n]* +([^ \r\n]*)/.exec(headOf(difference))?.[1] ?? '';
}
/** RFC 3986 3.2.2, told in another way than the engine does. */
function isHost(host: string): boolean {
  const form = /^(?:(?:[A-Za-z0-9\-._~!$&'()*+;=]|%[0-9A-Fa-f]{2})+|\[[0-9A-Fa-f:.]{2,}\])(?::([0-9]{0,5}))?$/.exec(
    host,
  );
  return form !== null && Number(form[1] ?? 0) < 65_536;
}
function hasInvalidHost(difference: Difference): boolean {
  const hosts = [...headOf(difference).matchAll(/\r\nhost:[ \t]*(.*?)[ \t]*(?=\r\n)/gi)].map((match) => match[1]!);
  return hosts.length !== 1 || !isHost(hosts[0]!);
}

/** What we refuse and Node accepts. */
const stricter: readonly Allowed[] = [
  {
    name: 'Host is checked',
    why: 'RFC 9112 3.2: missing, repeated or invalid is 400; in Node that is left to the server',
    covers: weRefuse(/^refused bad-host$/, hasInvalidHost),
  },
  {
    name: 'CONNECT and TRACE are not proxied',
    why: 'HTTP.md, Answers: 405',
    covers: weRefuse(/^refused method-not-allowed$/, inHead(/^(?:CONNECT|TRACE) /)),
  },
  {
    name: 'HTTP/1.x alone',
    why: 'HTTP.md, Answers: 505; Node reads 0.9 and 2.0 as well',
    covers: weRefuse(/^refused unknown-version$/, inHead(/^[^\r]* HTTP\/(?:0\.9|2\.0)\r\n/)),
  },
  {
    name: 'limits of targets and heads',
    why: 'HTTP.md, Parsing; Node has one limit for all of a head, which is larger',
    covers: anyOf(
      weRefuse(/^refused target-too-long$/, (difference) => target(difference).length > smallLimits.targetBytes),
      weRefuse(
        /^refused head-too-large$/,
        (difference) =>
          headOf(difference).length > smallLimits.headBytes - 2 || fieldsOf(difference) > smallLimits.fields,
      ),
    ),
  },
  {
    name: 'one empty line in front, and no more',
    why: 'HTTP.md, Parsing; Node passes over any number of CR and LF',
    covers: weRefuse(BAD_REQUEST, ({ raw }) => /^(?:\r\n)?[\r\n]/.test(raw)),
  },
  {
    name: 'a request line without a version',
    why: 'HTTP/0.9 has no place behind a proxy',
    covers: weRefuse(BAD_REQUEST, inHead(/^[A-Z-]+ +[^ \r\n]+ *\r?(?:\n|$)/)),
  },
  {
    name: 'one space between the parts of a request line',
    why: 'RFC 9112 3',
    covers: weRefuse(BAD_REQUEST, inHead(/^[A-Z-]+(?: {2,}[^ \r]+ +| +[^ \r]+ {2,})HTTP\//)),
  },
  {
    name: 'no fragment in a target',
    why: 'RFC 9112 3.2: it is never sent',
    covers: weRefuse(BAD_REQUEST, (difference) => target(difference).includes('#')),
  },
  {
    name: 'the four forms of a target',
    why: 'RFC 9112 3.2: origin-form, http(s) in absolute-form without userinfo, and * with OPTIONS',
    covers: weRefuse(BAD_REQUEST, (difference) => {
      const form = target(difference);
      if (form.startsWith('/')) return false;
      if (form === '*') return !headOf(difference).startsWith('OPTIONS ');
      const authority = /^https?:\/\/([^/?]*)/i.exec(form)?.[1];
      return authority === undefined || !isHost(authority);
    }),
  },
  {
    name: 'no word from Node where an upgrade is asked for',
    why: 'it reports no fault of the body of such a message, nor of its Transfer-Encoding',
    covers: (difference) =>
      inHead(/\r\nupgrade:/i)(difference) &&
      (difference.node === 'incomplete' ||
        weRefuse(/^refused bad-framing$/, inHead(/\r\ntransfer-encoding:/i))(difference)),
  },
];

/** What we accept and Node refuses. */
const opener: readonly Allowed[] = [
  {
    name: 'any method',
    why: 'RFC 9110 16.1: methods are an open set; the pod knows its own',
    covers: nodeRefuses(/HPE_INVALID_METHOD|Expected HTTP\/2 Connection Preface/, (difference) => {
      const method = headOf(difference).split(' ')[0]!;
      return !known.has(method) || method === 'PRI';
    }),
  },
  {
    name: 'any minor version',
    why: 'RFC 9110 2.5: HTTP/1.x above 1 is read as 1.1',
    covers: nodeRefuses(/HPE_INVALID_VERSION/, inHead(/^[^\r]* HTTP\/1\.[2-9](?:\r|$)/)),
  },
  {
    name: 'bytes from 128 in a target',
    why: 'browsers and curl send them; they are passed on as they are',
    covers: nodeRefuses(/HPE_INVALID_URL/, (difference) => /[\x80-\xff]/.test(target(difference))),
  },
];

/** The first that covers a difference explains it; one that none covers is a finding. */
export const requestDifferences: readonly Allowed[] = [...stricter, ...opener, ...framingDifferences];
