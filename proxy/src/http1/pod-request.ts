/** A request as the pod gets it, kept for as long as it may have to be sent again. */
import type { Resend } from '../exchange.ts';
import { latin1 } from './latin1.ts';
import { PREFIX_BYTES } from './limits.ts';

/** One per client connection, used for one request after another. */
export class PodRequest {
  /** The head has been written anew. */
  isPrepared = false;
  /** A byte of it may have been written to the pod of the attempt under way. */
  isSent = false;
  /** What came of the body together with the head. */
  prefix = '';
  #text = '';
  #headBytes = 0;
  #mayReplay = false;

  reset(): void {
    this.isPrepared = false;
    this.isSent = false;
    this.forget();
  }

  /** It will not be sent again. */
  forget(): void {
    this.prefix = '';
    this.#text = '';
    this.#mayReplay = false;
  }

  prepare(head: string): void {
    this.isPrepared = true;
    this.#headBytes = head.length;
    this.#text = this.prefix === '' ? head : head + this.prefix;
    this.prefix = '';
  }

  /** More of the body came before anything was sent. */
  append(body: string): void {
    this.#text += body;
  }

  /** @returns all there is of it, for the attempt that now begins to write */
  send(isIdempotent: boolean): string {
    const text = this.#text;
    this.isSent = true;
    this.#mayReplay = isIdempotent && text.length - this.#headBytes <= PREFIX_BYTES;
    if (!this.#mayReplay) this.#text = '';
    return text;
  }

  /** `bytes[0, end)` of a body were sent as they are; with `reframed` something else was. */
  sentMore(bytes: Buffer, end: number, reframed: boolean): void {
    if (!this.#mayReplay) return;
    if (!reframed && this.#text.length - this.#headBytes + end <= PREFIX_BYTES) this.#text += latin1(bytes, 0, end);
    else this.forget();
  }

  /** May it be sent again after an attempt that failed (RFC 9110 9.2.2)? */
  resend(hasResponseBytes: boolean): Resend {
    if (!this.isSent) return 'unsent';
    return this.#mayReplay && !hasResponseBytes ? 'replayable' : 'never';
  }
}
