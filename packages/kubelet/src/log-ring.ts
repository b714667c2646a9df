/** The last lines of one container instance, bounded by bytes, with followers. */

export interface LogLine {
  /** Unix time in ms. */
  readonly wallMs: number;
  readonly text: string;
}

export interface LogRing {
  add(wallMs: number, text: string): void;
  /** The instance ended: followers are told and nothing is added any more. */
  end(): void;
  readonly ended: boolean;
  /** Lines kept, oldest first. */
  lines(): readonly LogLine[];
  /** Called for each later line and once, with null, at the end. The returned function stops it. */
  follow(onLine: (line: LogLine | null) => void): () => void;
}

/** @param mostBytes of text kept, each line counted with 64 bytes of overhead; the newest line is always kept */
export function logRing(mostBytes = 1 << 20): LogRing {
  const followers = new Set<(line: LogLine | null) => void>();
  let kept: LogLine[] = [];
  /** Lines before it are dropped; they are cut off in bulk, since shifting one by one is slow. */
  let first = 0;
  let bytes = 0;
  let ended = false;
  const cost = (line: LogLine): number => line.text.length + 64;

  return {
    add(wallMs, text) {
      if (ended) return;
      const line = { wallMs, text };
      kept.push(line);
      bytes += cost(line);
      while (bytes > mostBytes && first < kept.length - 1) bytes -= cost(kept[first++]!);
      if (first > 1024 && first * 2 > kept.length) {
        kept = kept.slice(first);
        first = 0;
      }
      for (const follower of followers) follower(line);
    },
    end() {
      if (ended) return;
      ended = true;
      for (const follower of followers) follower(null);
      followers.clear();
    },
    get ended() {
      return ended;
    },
    lines: () => kept.slice(first),
    follow(onLine) {
      if (ended) {
        onLine(null);
        return () => undefined;
      }
      followers.add(onLine);
      return () => followers.delete(onLine);
    },
  };
}
