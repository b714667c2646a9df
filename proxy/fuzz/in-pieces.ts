/** Feeds a stream of messages piece by piece, as a connection brings them. */
interface PieceReader {
  feed(piece: Buffer): void;
  readonly fault: string;
  readonly isClosed: boolean;
}

/** Ends early where `reader` takes nothing more. @param cuts places where the bytes are cut into pieces, ascending */
export function feedInPieces(reader: PieceReader, bytes: Buffer, cuts: readonly number[]): void {
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    if (cut <= from) continue;
    // A copy: the engine reads into memory that is used again.
    const piece = Buffer.from(bytes.subarray(from, cut));
    reader.feed(piece);
    piece.fill(0);
    from = cut;
    if (reader.fault !== '' || reader.isClosed) return;
  }
}
