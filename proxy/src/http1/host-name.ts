/** Validates the authority of a Host field or an absolute-form target, and reduces it to what routes are matched on. */
import { IS_HOST } from './octets.ts';

let lastAuthority = '';
let lastName: string | null = null;

/**
 * @param authority `host`, `host:port` or `[v6]:port`, as received
 * @returns lower case, without port and one trailing dot; null when invalid (RFC 3986 3.2.2), userinfo included
 */
export function hostName(authority: string): string | null {
  // Most requests of a connection, and of a proxy, name the same host again.
  if (authority === lastAuthority) return lastName;
  lastName = parse(authority);
  lastAuthority = authority;
  return lastName;
}

function parse(authority: string): string | null {
  let end: number;
  if (authority.charCodeAt(0) === 91) {
    end = authority.indexOf(']') + 1;
    if (end < 4 || !/^\[[0-9A-Fa-f:.]+\]$/.test(authority.slice(0, end))) return null;
  } else {
    end = 0;
    while (end < authority.length && IS_HOST[authority.charCodeAt(end)] === 1) end++;
    if (end === 0 || /%(?![0-9A-Fa-f]{2})/.test(authority.slice(0, end))) return null;
  }
  if (!/^(?::(?:[0-9]{0,5}))?$/.test(authority.slice(end)) || Number(authority.slice(end + 1)) > 65_535) return null;
  if (authority.charCodeAt(end - 1) === 46 && end > 1) end--;
  return authority.slice(0, end).toLowerCase();
}
