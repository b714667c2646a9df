/** Reads a stream of requests with the engine's parsers, put together as a client's connection does (`downstream.ts`). */

import { ClientOrigin } from '../src/http1/client-origin.ts';
import { HeadReader } from '../src/http1/head-reader.ts';
import type { RequestHead } from '../src/http1/request-head.ts';
import { RequestSide } from '../src/http1/request-side.ts';
import { feedInPieces } from './in-pieces.ts';
import type { Field, Message, Reading } from './reading.ts';
import { smallLimits } from './small-limits.ts';

const origin = new ClientOrigin('127.0.0.1', false, 'rouse-fuzz');
const upgrades = new Set(['websocket']);

class RequestStream {
  readonly messages: Message[] = [];
  readonly forwarded: string[] = [];
  /** Why it was refused; empty while it was not. */
  fault = '';
  isClosed = false;
  /** Where messages begin: each where the one before it ended. */
  readonly starts = [0];
  #isInBody = false;
  #isInPart = false;
  #message: Message | null = null;
  readonly #reader = new HeadReader(smallLimits);
  #side = new RequestSide(smallLimits);
  #fedBytes = 0;

  get isBetween(): boolean {
    return !this.#isInBody && !this.#isInPart;
  }

  feed(piece: Buffer): void {
    const before = this.#fedBytes;
    this.#fedBytes += piece.length;
    if (this.#isInPart) {
      this.#reader.early.append(piece, 0, piece.length);
      this.#readPart();
      return;
    }
    let at = 0;
    if (this.#isInBody) {
      at = this.#side.keep(piece, piece.length);
      if (at < 0) {
        this.fault = 'bad-request (body)';
        return;
      }
      if (this.#side.isComplete) this.#finish(before + at);
    }
    this.#consume(piece, at, before);
  }

  /** @param base place of `bytes` in the whole stream */
  #consume(bytes: Buffer, from: number, base: number): void {
    const end = bytes.length;
    let at = from;
    while (at < end && !this.isClosed && this.fault === '') {
      const begins = this.#reader.skipEmptyLine(bytes, at, end);
      if (begins > at) {
        at = begins;
        continue;
      }
      const headEnd = this.#reader.read(bytes, at, end);
      if (headEnd === 0) {
        this.#reader.early.append(bytes, at, end);
        this.#isInPart = true;
        this.#reader.beginPart();
        this.#readPart();
        return;
      }
      at = this.#begin(this.#reader.head, bytes, headEnd, base);
      if (at < 0) return;
    }
  }

  #readPart(): void {
    const verdict = this.#reader.judgePart();
    if (verdict === 'incomplete') return;
    if (verdict === 'nothing') {
      this.#isInPart = false;
      return;
    }
    if (verdict !== 'whole') {
      this.fault = verdict;
      return;
    }
    const bytes = this.#reader.takeWhole();
    this.#isInPart = false;
    this.#consume(bytes, 0, this.#fedBytes - bytes.length);
  }

  #begin(head: RequestHead, bytes: Buffer, headEnd: number, base: number): number {
    const side = this.#side;
    const at = side.begin(head, bytes, headEnd, bytes.length, origin, upgrades);
    if (at < 0) {
      this.fault = 'bad-request (body)';
      return at;
    }
    side.prepare(origin, '');
    const fields: Field[] = [];
    for (let index = 0; index < head.lines.count; index++) {
      const { lines, text } = head;
      fields.push([
        text.slice(lines.nameStart(index), lines.nameEnd(index)),
        text.slice(lines.valueStart(index), lines.valueEnd(index)),
      ]);
    }
    this.#message = {
      method: head.method,
      target: head.text.slice(head.method.length + 1, head.text.indexOf(' ', head.method.length + 1)),
      status: 0,
      fields,
      body: '',
      trailers: [],
      persists: head.connection.persists(head.isHttp10),
    };
    side.headUsed();
    if (side.isComplete) this.#finish(base + at);
    else this.#isInBody = true;
    return at;
  }

  #finish(at: number): void {
    this.#isInBody = false;
    this.messages.push(this.#message!);
    this.forwarded.push(this.#side.send(false));
    if (!this.#message!.persists) this.isClosed = true;
    this.#side = new RequestSide(smallLimits);
    this.starts.push(at);
  }
}

/** @param cuts places where the bytes are cut into pieces, ascending */
export function readRequests(bytes: Buffer, cuts: readonly number[] = []): Reading {
  const stream = new RequestStream();
  feedInPieces(stream, bytes, cuts);
  const { messages, fault, isClosed, isBetween, starts, forwarded } = stream;
  const end = fault !== '' ? 'refused' : isClosed ? 'closed' : isBetween ? 'clean' : 'incomplete';
  return { messages, end, reason: fault, starts, forwarded };
}
