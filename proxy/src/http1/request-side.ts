/** The request of an exchange: what the client sends, and what a pod gets of it, now and should it have to be sent again. */
import type { Resend } from '../exchange.ts';
import { BodyRelay } from './body-relay.ts';
import type { ChunkOptions } from './chunks.ts';
import type { ClientOrigin } from './client-origin.ts';
import type { Http1Limits } from './limits.ts';
import { PodRequest } from './pod-request.ts';
import type { RequestHead } from './request-head.ts';
import { retainedField } from './retained-field.ts';
import { allowedUpgrades, serializeRequest } from './serialize-request.ts';
import type { Wire } from './wire.ts';

const FROM_TRUSTED: ChunkOptions = { framing: true, trusted: true };
const FROM_UNTRUSTED: ChunkOptions = { framing: true, trusted: false };

/** One per client connection, used for one request after another. */
export class RequestSide {
  isHttp10 = false;
  expectsContinue = false;
  /** The client may wait for a 100 before it sends its body: the pod's to give, so that the client is not stalling. */
  awaitsContinue = false;
  /** Protocols the pod is asked to upgrade to, comma separated; empty for none. */
  upgrades = '';
  readonly #body: BodyRelay;
  readonly #copy = new PodRequest();
  /** The head, while it is the one just parsed. */
  #head: RequestHead | null = null;
  #headText = '';

  constructor(limits: Http1Limits) {
    this.#body = new BodyRelay(limits);
  }

  /** The head as received, until `finish`. */
  get headText(): string {
    return this.#headText;
  }

  /** All of the body has been read from the client (and is on its way). */
  get isComplete(): boolean {
    return this.#body.isComplete;
  }

  /** Whether the kernel has all that `relay` passed on. */
  get isSettled(): boolean {
    return this.#body.isSettled;
  }

  get prefixBytes(): number {
    return this.#copy.prefix.length;
  }

  /**
   * Takes a parsed head, which stays valid until `headUsed`, and what is there of its body from `bytes[headEnd, end)`.
   * @returns the place after what it took, or -1 where the body is malformed
   */
  begin(
    head: RequestHead,
    bytes: Buffer,
    headEnd: number,
    end: number,
    origin: ClientOrigin,
    upgrades: ReadonlySet<string>,
  ): number {
    const body = this.#body;
    this.#head = head;
    this.#headText = head.text;
    this.#copy.reset();
    this.isHttp10 = head.isHttp10;
    this.expectsContinue = head.expectsContinue;
    this.awaitsContinue = false;
    this.upgrades = '';
    const chunks = origin.trusted ? FROM_TRUSTED : FROM_UNTRUSTED;
    if (head.isChunked) body.begin('chunked', 0, chunks);
    else body.begin(head.contentLength > 0 ? 'length' : 'none', head.contentLength, chunks);
    if (body.isComplete) {
      if (head.upgrades !== '' && head.connection.upgrade && !head.isHttp10) {
        this.upgrades = allowedUpgrades(head.upgrades, upgrades);
      }
      return headEnd;
    }
    const at = body.toText(bytes, headEnd, end);
    if (at < 0) return at;
    this.#copy.prefix = body.asText;
    this.awaitsContinue = head.expectsContinue && !body.isComplete && at === headEnd;
    return at;
  }

  /** See `Exchange.bodyBytes`. */
  get bodyBytes(): number {
    return this.#body.kind === 'chunked' ? this.#body.dataBytes : (this.#head?.contentLength ?? 0);
  }

  /** @param maxBytes of the body's data from here on; 0 for no limit */
  limitBody(maxBytes: number): void {
    this.#body.limit(maxBytes === 0 ? Number.POSITIVE_INFINITY : maxBytes);
  }

  /** Writes the head anew while its places are known; nothing refers to the read memory after. */
  prepare(origin: ClientOrigin, requestId: string): void {
    if (this.#copy.isPrepared) return;
    this.#copy.prepare(serializeRequest(this.#head!, origin, this.upgrades, requestId));
  }

  /** Another head may be parsed now. */
  headUsed(): void {
    this.#head = null;
  }

  /** First value of a field by lower-case name. */
  field(name: string): string | undefined {
    return this.#head !== null ? this.#head.field(name) : retainedField(this.#headText, name);
  }

  /** Nothing of it has been written to the pod of the attempt that begins. */
  attempt(): void {
    this.#copy.isSent = false;
  }

  /** @returns all there is of it, for the attempt that now begins to write */
  send(isIdempotent: boolean): string {
    return this.#copy.send(isIdempotent);
  }

  /** Passes on what belongs to it of `bytes[0, length)`. @returns the place after that, -1 where it is malformed, `TOO_LARGE` */
  relay(from: Wire, to: Wire, bytes: Buffer, length: number): number {
    const body = this.#body;
    this.awaitsContinue = false;
    const at = body.toWire(from, to, bytes, 0, length);
    if (at >= 0) this.#copy.sentMore(bytes, at, body.kind !== 'length');
    return at;
  }

  /** The same where there is no pod yet: it waits with the rest. */
  keep(bytes: Buffer, length: number): number {
    this.awaitsContinue = false;
    const at = this.#body.toText(bytes, 0, length);
    if (at >= 0) this.#copy.append(this.#body.asText);
    return at;
  }

  /** May it be sent again after an attempt that failed? */
  resend(hasResponseBytes: boolean): Resend {
    return this.#copy.resend(hasResponseBytes);
  }

  /** It will not be sent again. */
  forgetCopy(): void {
    this.#copy.forget();
  }

  /** It is over. */
  finish(): void {
    this.#copy.forget();
    this.#headText = '';
  }
}
