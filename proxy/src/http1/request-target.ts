/** Tells the forms of a request target apart (RFC 9112 3.2) without decoding anything. */
import { hostName } from './host-name.ts';

export interface RequestTarget {
  /** What the pod gets: origin-form, or `*`. */
  readonly forwarded: string;
  /** Authority of an absolute-form target, which replaces Host; null in the other forms. */
  readonly authority: string | null;
}

/** @returns null where the form is not allowed for the method, or its parts are invalid */
export function parseAbsoluteOrAsterisk(method: string, target: string): RequestTarget | null {
  if (target === '*') return method === 'OPTIONS' ? { forwarded: '*', authority: null } : null;
  const scheme = /^https?:\/\//i.exec(target);
  if (scheme === null) return null;
  const start = scheme[0].length;
  let end = start;
  while (end < target.length && target[end] !== '/' && target[end] !== '?') end++;
  const authority = target.slice(start, end);
  if (hostName(authority) === null) return null;
  const rest = target.slice(end);
  if (rest === '') return { forwarded: method === 'OPTIONS' ? '*' : '/', authority };
  return { forwarded: rest.startsWith('/') ? rest : `/${rest}`, authority };
}
