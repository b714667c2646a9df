/** Puts an answer together from its pieces: enough of HTTP for the pods of the benchmark, whose bodies hold no framing. */

const NOTHING: Buffer = Buffer.alloc(0);

export class Answer {
  #received = NOTHING;

  /** @returns whether it is complete, in which case the next may begin @throws where it is not 200, or more came than one */
  take(piece: Buffer): boolean {
    this.#received = this.#received.length === 0 ? piece : Buffer.concat([this.#received, piece]);
    const end = answerEnd(this.#received);
    if (end < 0) return false;
    if (end !== this.#received.length || this.#received.toString('latin1', 9, 12) !== '200') {
      throw new Error(`not the answer asked for: ${this.#received.toString('latin1', 0, 200)}`);
    }
    this.#received = NOTHING;
    return true;
  }
}

/** The place after the answer that begins at 0, or -1 where it is not complete. */
function answerEnd(received: Buffer): number {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return -1;
  const head = received.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = headEnd + 4 + Number(length);
    return received.length >= end ? end : -1;
  }
  const last = received.indexOf('0\r\n\r\n', headEnd + 4);
  return last < 0 ? -1 : last + 5;
}
