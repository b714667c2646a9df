/** Ids of requests (`X-Request-Id`): the client's own where it may be kept, else made here, unique over all proxies. */
import { randomBytes } from 'node:crypto';
import type { RequestHead } from './request-head.ts';

/** What a client may choose as an id: nothing that means something in a log, a shell or a page. */
const KEPT = /^[A-Za-z0-9._~+/=:@-]{1,128}$/;

/** An id is 32 hexadecimal digits, as nginx makes them: random per process, but for a counter in the last 13. */
const RANDOM_BYTES = 10;
const HIGH_DIGITS = 9;
const LOW_DIGITS = 3;
const LOW_COUNT = 16 ** LOW_DIGITS;
const LOW = Array.from({ length: LOW_COUNT }, (_, low) => low.toString(16).padStart(LOW_DIGITS, '0'));

/** One per proxy. */
export class RequestIds {
  readonly #keepsAll: boolean;
  readonly #random = randomBytes(RANDOM_BYTES).toString('hex');
  #high = 0;
  #low = 0;
  #prefix = '';

  /** @param keepsAll false: only what trusted peers send is kept */
  constructor(keepsAll: boolean) {
    this.#keepsAll = keepsAll;
    this.#nextPrefix();
  }

  /** The id of a request. */
  of(head: RequestHead, trusted: boolean): string {
    return head.requestId !== '' && (trusted || this.#keepsAll) && KEPT.test(head.requestId)
      ? head.requestId
      : this.make();
  }

  /** A new one. */
  make(): string {
    if (this.#low === LOW_COUNT) this.#nextPrefix();
    return this.#prefix + LOW[this.#low++]!;
  }

  #nextPrefix(): void {
    this.#low = 0;
    this.#prefix = this.#random + (this.#high++).toString(16).padStart(HIGH_DIGITS, '0');
  }
}
