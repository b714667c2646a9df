/** Finds request heads in what a client sends, in whichever pieces it comes, and keeps what comes early. */
import type { FailureCode } from '@rouse/contract';
import { ByteQueue } from './byte-queue.ts';
import type { Http1Limits } from './limits.ts';
import { CR, IS_TOKEN, LF } from './octets.ts';
import { parseRequest, REQUEST_LINE_EXTRA_BYTES } from './parse-request.ts';
import { RequestHead } from './request-head.ts';
import { HeadScan, SCAN_FIRST_LINE_TOO_LONG, SCAN_INCOMPLETE, SCAN_TOO_LARGE } from './scan-head.ts';

/** The request being looked at; an exchange takes what it needs before another head is parsed. */
const head = new RequestHead();

/** One per client connection. */
export class HeadReader {
  /** A head in part, or further requests while one is answered. */
  readonly early = new ByteQueue();
  readonly #limits: Http1Limits;
  /** One empty line before a request line is passed over (RFC 9112 2.2). */
  #maySkipEmptyLine = true;
  #scan: HeadScan | null = null;

  constructor(limits: Http1Limits) {
    this.#limits = limits;
  }

  /** The head found last; valid until another is looked for. */
  get head(): RequestHead {
    return head;
  }

  /** @returns the place after the empty line that may stand at `at`, or `at` */
  skipEmptyLine(bytes: Buffer, at: number, end: number): number {
    if (bytes[at] !== CR || !this.#maySkipEmptyLine || at + 1 >= end || bytes[at + 1] !== LF) return at;
    this.#maySkipEmptyLine = false;
    return at + 2;
  }

  /** @returns the place after the head that begins at `at`; 0 where none is there whole, or it is malformed */
  read(bytes: Buffer, at: number, end: number): number {
    const headEnd = parseRequest(bytes, at, end, this.#limits, head);
    if (headEnd <= 0) return 0;
    this.#maySkipEmptyLine = true;
    return headEnd;
  }

  /** `early` begins with a head of which only a part is there, or which is malformed: the line ends tell (`scan-head.ts`). */
  beginPart(): void {
    this.#scan ??= new HeadScan();
    this.#scan.reset(this.#maySkipEmptyLine);
  }

  /** What can be said of that head by now; `nothing`: it was but the empty line that may stand in front of one. */
  judgePart(): 'incomplete' | 'nothing' | 'whole' | FailureCode {
    const { bytes, length } = this.early;
    const { headBytes, targetBytes } = this.#limits;
    const scan = this.#scan!;
    const verdict = scan.scan(bytes, length, headBytes, targetBytes + REQUEST_LINE_EXTRA_BYTES);
    if (scan.start === length) {
      this.early.clear();
      this.#maySkipEmptyLine = false;
      return 'nothing';
    }
    const first = bytes[scan.start]!;
    // No request begins like this (TLS, for one): there is no point in waiting for the end of a line.
    if (IS_TOKEN[first] !== 1 && first !== CR) return 'bad-request';
    if (verdict === SCAN_INCOMPLETE) return 'incomplete';
    if (verdict === SCAN_FIRST_LINE_TOO_LONG) return 'target-too-long';
    if (verdict === SCAN_TOO_LARGE) return 'head-too-large';
    if (verdict < 0) return 'bad-request';
    head.fault = '';
    if (parseRequest(bytes, scan.start, verdict, this.#limits, head) > 0) return 'whole';
    return head.fault === '' ? 'bad-request' : head.fault;
  }

  /** The head is whole: hands over what was kept, from its first byte on. */
  takeWhole(): Buffer {
    this.#maySkipEmptyLine = false;
    const { start } = this.#scan!;
    return this.early.take().subarray(start);
  }
}
