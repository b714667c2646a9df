/**
 * No stream reads for long while others wait. What comes as fast as it is read stops after some full reads, and goes
 * on in a later turn of the event loop, when it is its turn among all such streams. (libuv alone reads up to 32 times
 * from one socket, which is 2 MiB; five hundred downloads at once would hold up every small request for a second.)
 */

/** What full reads of one connection may bring in one turn: enough that bulk data costs no more, and nobody notices. */
export const BYTES_PER_TURN = 262_144;
/** So many streams go on in one turn: 4 MiB, about 2 ms. */
const STREAMS_PER_TURN = 16;

export interface Stream {
  /** A turn of its own has begun. */
  turnBegins(): void;
}

/** Streams that had their share, first come first. */
let waiting: Stream[] = [];
let first = 0;

/** `stream` has had its share of this turn. */
export function waitForTurn(stream: Stream): void {
  if (waiting.length === 0) setImmediate(nextTurn);
  waiting.push(stream);
}

function nextTurn(): void {
  const end = Math.min(first + STREAMS_PER_TURN, waiting.length);
  while (first < end) waiting[first++]!.turnBegins();
  if (first === waiting.length) {
    waiting = [];
    first = 0;
    return;
  }
  if (first > waiting.length / 2) {
    waiting = waiting.slice(first);
    first = 0;
  }
  setImmediate(nextTurn);
}
