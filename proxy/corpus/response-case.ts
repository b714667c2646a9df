/** What one case of the response corpus says: bytes of a pod, and what becomes of them. */

/**
 * `passes`: the client gets `client`. `refused`: it gets 502 instead. `broken`: 502 as long as nothing was passed on,
 * which is so where all comes in one piece; else it is cut off. `cut`: it is cut off in any case.
 */
export type ResponseFate = 'passes' | 'refused' | 'broken' | 'cut';

export interface ResponseCase {
  readonly name: string;
  /** Where the fact comes from: a test of another implementation, a known vulnerability, or an RFC. */
  readonly from: string;
  /** Why Rouse differs from that source, where it does. */
  readonly against?: string;
  readonly request: string;
  readonly bytes: string;
  /** The pod sends FIN after them. */
  readonly podEnds: boolean;
  readonly fate: ResponseFate;
  /** Without the fields this hop adds (Via; Date, where the pod sent none). */
  readonly client: string;
  /** The pod's connection carries the next request too. */
  readonly kept: boolean;
  /** The client's connection ends with the response. */
  readonly closes: boolean;
}

type Rest = Partial<Omit<ResponseCase, 'name' | 'from' | 'bytes' | 'fate'>>;

export const GET = 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n';
export const HEAD = 'HEAD / HTTP/1.1\r\nHost: app.test\r\n\r\n';

function of(fate: ResponseFate, name: string, from: string, bytes: string, rest: Rest): ResponseCase {
  const kept = fate === 'passes' && rest.podEnds !== true;
  const closes = fate === 'cut';
  return { name, from, bytes, request: GET, podEnds: false, client: bytes, kept, closes, ...rest, fate };
}

/** Passed on, unchanged unless `rest.client` says otherwise, over a connection that is kept unless told. */
export function passes(name: string, from: string, bytes: string, rest: Rest = {}): ResponseCase {
  return of('passes', name, from, bytes, rest);
}
export function refuses(name: string, from: string, bytes: string, rest: Rest = {}): ResponseCase {
  return of('refused', name, from, bytes, rest);
}
export function breaks(name: string, from: string, bytes: string, rest: Rest = {}): ResponseCase {
  return of('broken', name, from, bytes, rest);
}
export function cuts(name: string, from: string, bytes: string, rest: Rest = {}): ResponseCase {
  return of('cut', name, from, bytes, rest);
}

/** 200 with these field lines, and this after its head. */
export function ok(fields: string, body = ''): string {
  return `HTTP/1.1 200 OK\r\n${fields}\r\n${body}`;
}
export const EMPTY = 'Content-Length: 0\r\n';
export const LAST = '0\r\n\r\n';

/** 200 with this chunked body. */
export function chunked(body: string): string {
  return ok('Transfer-Encoding: chunked\r\n', body);
}
