/** Kinds of values that name places on a network: routes, ports, addresses, CIDR blocks, URLs. */
import type { ValueType } from './descriptor.ts';
import { type Cidr, parseIp, readCidr } from './ip-address.ts';
import { integer } from './number-values.ts';
import { either, text } from './text-values.ts';
import type { QuietRule } from './wire.ts';

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST = new RegExp(`^(?:\\*|(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*)$`);
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** Path characters of RFC 3986 3.3 (`pchar` and `/`), percent triplets whole: raw paths are compared as they are. */
const PATH_CHAR = "(?:[A-Za-z0-9\\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})";
const PATH = new RegExp(`^(?:/${PATH_CHAR}*)+$`);

/** Of `readRoute`, but for lengths: hosts are lower-cased, a comma never gets into one item. */
const ANY_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const ROUTE = `^(?:\\*|(?:\\*\\.)?${ANY_LABEL}(?:\\.${ANY_LABEL})*)(?:/${PATH_CHAR}+)*/?$`;
const QUIET_RULE = `^(?:path:(?:/${PATH_CHAR}*)+|agent:[\\x21-\\x7e](?:[\\x20-\\x7e]*[\\x21-\\x7e])?)$`;

/** True for `*`, `*.example.org` and names of at most 253 characters made of DNS labels (RFC 1123 2.1), lower case. */
export function isHostPattern(host: string): boolean {
  return host.length <= 253 && HOST.test(host);
}

function readRoute(value: string): string | null {
  const slash = value.indexOf('/');
  const host = (slash === -1 ? value : value.slice(0, slash)).toLowerCase();
  const path = slash === -1 ? '' : value.slice(slash);
  if (!isHostPattern(host)) return null;
  if (path === '' || path === '/') return host;
  // A comma separates routes, so a path cannot hold one.
  if (!PATH.test(path) || path.includes('//')) return null;
  return host + (path.endsWith('/') ? path.slice(0, -1) : path);
}

/** `host` or `host/path-prefix`; `*.example.org` and `*` allowed; the host is lower-cased, a trailing slash dropped. */
export function route(): ValueType<string> {
  return text(
    'a host (`shop.example.org`, `*.example.org` or `*`), optionally with a path prefix (`/api`)',
    readRoute,
    {
      good: ['shop.example.org', '*.example.org', '*', 'shop.example.org/api', '*/v1/models', 'A.example.org/x/'],
      bad: ['', '/api', 'http://shop.example.org', 'shop..org', '-a.org', 'a.*.org', 'shop.example.org:80', 'a.org//x'],
      forbidden: [' ', '\t', '?', '#', '"', '\\', '\u0000', '\n'],
      matches: [ROUTE],
    },
  );
}

/** Name of a DNS domain, without a leading or trailing dot, lower-cased. */
export function domain(): ValueType<string> {
  return text(
    'a DNS name',
    (value) => {
      const name = value.toLowerCase();
      return name.length <= 253 && DOMAIN.test(name) ? name : null;
    },
    {
      good: ['example.com', 'apps.example.org', 'localhost'],
      bad: ['', '.example.com', 'example.com.', 'http://example.com', '*.example.com'],
      forbidden: [' ', '/', ':', '_', '\u0000'],
    },
  );
}

/** Name of a Kubernetes object (RFC 1123 label). */
export function objectName(): ValueType<string> {
  return text(
    'a lower-case name of letters, digits and `-`, at most 63 long',
    (value) => (new RegExp(`^${LABEL}$`).test(value) ? value : null),
    {
      good: ['rouse', 'team-a'],
      bad: ['', '-a', 'a-', 'A', 'a.b'],
      forbidden: [' ', '/', '_', 'A'],
    },
  );
}

/** Kubernetes' port name (IANA service name, RFC 6335 5.1). */
function portName(): ValueType<string> {
  return text(
    'a port name of at most 15 lower-case letters, digits and `-`, with a letter',
    (value) => (/^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/.test(value) ? value : null),
    {
      good: ['http', 'h2c', 'web-1'],
      bad: ['', '0', '70000', '-1', '8080.5', 'a--b', 'HTTP', 'a-very-long-port-name'],
      forbidden: [' ', '_', '/', '.'],
      matches: ['^.{1,15}$', '[a-z]', '^[a-z0-9]+(?:-[a-z0-9]+)*$'],
    },
  );
}

/** A container port by number (1–65535) or by name. */
export function port(): ValueType<number | string> {
  return either(integer(1, 65_535), portName());
}

/** A TCP port to listen on; 0 takes any free one. */
export function listenPort(): ValueType<number> {
  return integer(0, 65_535);
}

/** An IP address or a block of them in CIDR notation. */
export function cidr(): ValueType<Cidr> {
  return text('an IP address or a CIDR block (`10.0.0.0/8`, `fd00::/8`)', readCidr, {
    good: ['10.0.0.0/8', '127.0.0.1', '0.0.0.0/0', 'fd00::/8', '::1', '2001:db8::/32'],
    bad: [
      '',
      '10.0.0.0/33',
      '10.0.0/8',
      '010.0.0.1',
      '10.0.0.0/08',
      '256.1.1.1',
      'fd00::/129',
      'example.org',
      '::ffff:10.0.0.0/8',
    ],
    forbidden: [' ', ',', 'g', '\u0000'],
  });
}

/** An IP literal or host name to listen on. */
export function bindHost(): ValueType<string> {
  return text(
    'an IP address or `localhost`',
    (value) => (value === 'localhost' || parseIp(value) !== null ? value : null),
    {
      good: ['127.0.0.1', '0.0.0.0', '::', 'localhost'],
      bad: ['', '0.0.0', 'http://localhost', '127.0.0.1:80'],
      forbidden: [' ', '/', '\u0000'],
    },
  );
}

function readUrl(value: string): string | null {
  if (!/^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/.test(value) || !URL.canParse(value)) return null;
  return value.replace(/\/+$/, '');
}

/** An `http` or `https` URL without user, query and fragment; trailing slashes are dropped. */
export function httpUrl(): ValueType<string> {
  return text('an http:// or https:// URL without query', readUrl, {
    good: ['http://127.0.0.1:8081', 'https://proxy.rouse:8081'],
    bad: ['', '127.0.0.1:8081', 'ftp://a', 'http://', 'http://a:99999', 'http://u:p@a', 'http://a/?x=1'],
    forbidden: [' ', '#', '?', '\n'],
  });
}

function readQuietRule(value: string): QuietRule | null {
  const colon = value.indexOf(':');
  const kind = value.slice(0, Math.max(0, colon));
  const rest = value.slice(colon + 1);
  if (kind === 'path' && PATH.test(rest)) return { kind, value: rest };
  if (kind === 'agent' && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(rest)) return { kind, value: rest };
  return null;
}

/** `path:/healthz` (exact path) or `agent:kube-probe` (start of User-Agent). */
export function quietRule(): ValueType<QuietRule> {
  return text('`path:/exact/path` or `agent:start-of-user-agent`', readQuietRule, {
    good: ['path:/healthz', 'agent:kube-probe', 'agent:GoogleHC/1.0'],
    bad: ['', '/healthz', 'path:', 'path:healthz', 'agent:', 'host:a', 'path:/a?b=1'],
    forbidden: ['\n', '\u0000', '\u00e9'],
    matches: [QUIET_RULE],
  });
}
