/** What one case of the request corpus says: bytes of a client, and what becomes of them. */
import type { FailureCode } from '@rouse/contract';

export interface RequestCase {
  readonly name: string;
  /** Where the fact comes from: a test of another implementation, a known vulnerability, or an RFC. */
  readonly from: string;
  /** Why Rouse differs from that source, where it does. */
  readonly against?: string;
  readonly bytes: string;
  /**
   * The requests the pod gets, in order, without the fields this hop adds; unless told otherwise the one that was sent,
   * unchanged.
   */
  readonly pod: readonly string[];
  /** Most that the pod may see of a request that is refused in its body: nothing where it comes in one piece. */
  readonly partly?: string;
  /** The answer after those, with which the connection ends. */
  readonly refused?: readonly [status: number, code: FailureCode];
  /** The connection ends after the last answer. */
  readonly closes: boolean;
  /** There is no answer yet: more has to come. */
  readonly waits: boolean;
}

type Rest = Partial<Omit<RequestCase, 'name' | 'from' | 'bytes'>>;

/** A case in which the request, or what `rest.pod` says, reaches the pod. */
export function passes(name: string, from: string, bytes: string, rest: Rest = {}): RequestCase {
  return { name, from, bytes, pod: [bytes], closes: false, waits: false, ...rest };
}

/** A case in which nothing, or what `rest.pod` says, reaches the pod before the refusal. */
export function refuses(
  name: string,
  from: string,
  bytes: string,
  status: number,
  code: FailureCode,
  rest: Rest = {},
): RequestCase {
  return { name, from, bytes, pod: [], closes: false, waits: false, ...rest, refused: [status, code] };
}

export const HOST = 'Host: app.test\r\n';

/** A GET with these field lines after Host. */
export function get(fields = ''): string {
  return `GET / HTTP/1.1\r\n${HOST}${fields}\r\n`;
}

/** A POST with these field lines after Host, and this after its head. */
export function post(fields: string, body: string): string {
  return `POST / HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
}

/** A chunked POST. */
export function chunked(body: string): string {
  return post('Transfer-Encoding: chunked\r\n', body);
}
