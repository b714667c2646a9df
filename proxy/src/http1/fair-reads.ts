/**
 * No stream reads for long while others wait. What comes as fast as it is read stops after some full reads, and goes
 * on in a later turn of the event loop, when it is its turn among all such streams. (libuv alone reads up to 32 times
 * from one socket, which is 2 MiB; five hundred downloads at once would hold up every small request for a second.)
 */

/** What full reads of one connection may bring in one turn: enough that bulk data costs no more, and nobody notices. */
const BYTES_PER_STREAM = 262_144;
/** What those of all may bring, before each has to be content with a single one: about 1 ms. */
const BYTES_PER_TURN = 2_097_152;
/** So many streams go on in one turn, each with a share of its own. */
const STREAMS_PER_TURN = BYTES_PER_TURN / BYTES_PER_STREAM;

export interface Stream {
  /** A turn of its own has begun. */
  turnBegins(): void;
}

/** Streams that had their share, first come first. */
let waiting: Stream[] = [];
let first = 0;
let isTurnEnding = false;
let turnBytes = 0;

/**
 * Counts a full read of `bytes`.
 * @param streamBytes what such reads have brought this stream in its turn, this one included
 * @returns whether it has had its share, and has to wait for its next turn
 */
export function hasHadShare(streamBytes: number, bytes: number): boolean {
  turnBytes += bytes;
  endTurn();
  return streamBytes >= BYTES_PER_STREAM || turnBytes > BYTES_PER_TURN;
}

/** `stream` has had its share of this turn. */
export function waitForTurn(stream: Stream): void {
  waiting.push(stream);
  endTurn();
}

/** Once all else of this turn is done. */
function endTurn(): void {
  if (isTurnEnding) return;
  isTurnEnding = true;
  setImmediate(nextTurn);
}

function nextTurn(): void {
  isTurnEnding = false;
  turnBytes = 0;
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
  endTurn();
}
