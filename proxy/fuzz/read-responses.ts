/** Reads a stream of responses with the engine's parsers, put together as a pod's connection does (`upstream.ts`). */

import { manualClock } from '@rouse/contract/testing';
import { BodyRelay } from '../src/http1/body-relay.ts';
import { ByteQueue } from '../src/http1/byte-queue.ts';
import { connectionLine, finalHead, interimHead } from '../src/http1/client-heads.ts';
import { createHttp1Engine } from '../src/http1/engine.ts';
import { MALFORMED } from '../src/http1/field-lines.ts';
import { mayBeginResponse, parseResponse } from '../src/http1/parse-response.ts';
import { beginResponseBody } from '../src/http1/response-body.ts';
import { ResponseHead } from '../src/http1/response-head.ts';
import { HeadScan, SCAN_INCOMPLETE } from '../src/http1/scan-head.ts';
import { dataTransport } from '../src/http1/transport.ts';
import { feedInPieces } from './in-pieces.ts';
import type { Field, Message, Reading } from './reading.ts';
import { smallLimits } from './small-limits.ts';

const engine = createHttp1Engine({ clock: manualClock(), transport: dataTransport, limits: smallLimits, id: 'fuzz' });
const FRAMED = { framing: true, trusted: true };
const head = new ResponseHead();

class ResponseStream {
  readonly messages: Message[] = [];
  readonly forwarded: string[] = [];
  fault = '';
  isClosed = false;
  readonly starts = [0];
  readonly body = new BodyRelay(smallLimits);
  #isInBody = false;
  readonly #partial = new ByteQueue();
  readonly #scan = new HeadScan();
  readonly #methods: readonly string[];
  #finals = 0;
  #interims = 0;
  #fedBytes = 0;
  #message: Message | null = null;
  #text = '';

  /** @param methods of the requests; GET where there are more responses */
  constructor(methods: readonly string[]) {
    this.#methods = methods;
  }

  get isBetween(): boolean {
    return !this.#isInBody && this.#partial.length === 0;
  }

  feed(piece: Buffer): void {
    const before = this.#fedBytes;
    this.#fedBytes += piece.length;
    if (this.#partial.length > 0) {
      this.#partial.append(piece, 0, piece.length);
      this.#readPartial();
    } else if (this.#isInBody) this.#readBody(piece, 0, before);
    else this.#readHeads(piece, 0, before);
  }

  /** FIN of the pod. */
  end(): void {
    if (this.#isInBody && this.body.kind === 'close' && this.fault === '') this.#finish(this.#fedBytes);
  }

  #readPartial(): void {
    const found = this.#scanPartial();
    if (found === SCAN_INCOMPLETE) return;
    if (found < 0) {
      this.fault = 'bad-response';
      return;
    }
    const taken = this.#partial.take();
    this.#readHeads(taken, 0, this.#fedBytes - taken.length);
  }

  #readHeads(bytes: Buffer, from: number, base: number): void {
    let at = from;
    while (at < bytes.length && this.fault === '' && !this.isClosed) {
      const headEnd = parseResponse(bytes, at, bytes.length, smallLimits, head);
      if (headEnd <= 0) {
        this.#keepPartial(bytes, at);
        return;
      }
      this.#message = this.#messageOf();
      if (head.status < 200) {
        if (head.status === 101 || ++this.#interims > smallLimits.interimResponses) {
          this.fault = head.status === 101 ? 'bad-response (101)' : 'bad-response (too many)';
          return;
        }
        this.#text = interimHead(head);
        this.#finish(base + headEnd);
        at = headEnd;
        continue;
      }
      this.#interims = 0;
      const method = this.#methods[this.#finals++] ?? 'GET';
      const persists = beginResponseBody(head, method, this.body, FRAMED);
      this.#message.persists = persists;
      this.#isInBody = true;
      this.#text = finalHead(engine, head, this.body.kind, 0, connectionLine(this.body.kind === 'close', false));
      at = this.#readBody(bytes, headEnd, base);
      return;
    }
  }

  #keepPartial(bytes: Buffer, from: number): void {
    this.#scan.reset(false);
    this.#partial.append(bytes, from, bytes.length);
    if (this.#scanPartial() !== SCAN_INCOMPLETE) this.fault = 'bad-response';
  }

  #scanPartial(): number {
    const { bytes, length } = this.#partial;
    if (!mayBeginResponse(bytes, length)) return MALFORMED;
    const { responseHeadBytes } = smallLimits;
    return this.#scan.scan(bytes, length, responseHeadBytes, responseHeadBytes);
  }

  #readBody(bytes: Buffer, from: number, base: number): number {
    let at = from;
    if (!this.body.isComplete) {
      at = this.body.toText(bytes, from, bytes.length);
      if (at < 0) {
        this.fault = 'bad-response (body)';
        return at;
      }
      this.#text += this.body.asText;
    }
    if (!this.body.isComplete) return at;
    this.#finish(base + at);
    if (!this.isClosed) this.#readHeads(bytes, at, base);
    return at;
  }

  #finish(at: number): void {
    const message = this.#message!;
    this.#isInBody = false;
    this.messages.push(message);
    this.forwarded.push(this.#text);
    this.starts.push(at);
    if (!message.persists) this.isClosed = true;
  }

  #messageOf(): Message {
    const { lines, text, status } = head;
    const fields: Field[] = [];
    for (let index = 0; index < lines.count; index++) {
      fields.push([
        text.slice(lines.nameStart(index), lines.nameEnd(index)),
        text.slice(lines.valueStart(index), lines.valueEnd(index)),
      ]);
    }
    return { method: '', target: '', status, fields, body: '', trailers: [], persists: true };
  }
}

/**
 * @param methods of the requests
 * @param cuts places where the bytes are cut into pieces, ascending; the connection ends behind the last
 */
export function readResponses(bytes: Buffer, methods: readonly string[], cuts: readonly number[] = []): Reading {
  const stream = new ResponseStream(methods);
  feedInPieces(stream, bytes, cuts);
  stream.end();
  const { messages, fault, isClosed, isBetween, starts, forwarded } = stream;
  const end = fault !== '' ? 'refused' : isClosed ? 'closed' : isBetween ? 'clean' : 'incomplete';
  return { messages, end, reason: fault, starts, forwarded };
}
