/** What `kubectl logs` asks for, answered from a container's ring. */
import type { Clock } from '@rouse/contract';
import type { LogLine, LogRing } from './log-ring.ts';

export interface LogOptions {
  /** Goes on with new lines until the instance ends. */
  readonly follow?: boolean;
  /** Last lines only, >= 0; with `follow` those before the new ones. */
  readonly tailLines?: number;
  /** The instance before the running or last one. */
  readonly previous?: boolean;
  /** Only lines younger than this. */
  readonly sinceSeconds?: number;
  /** Each line begins with its RFC 3339 time and a space. */
  readonly timestamps?: boolean;
  /** Ends a follow. */
  readonly signal?: AbortSignal;
}

/** Lines with their newline. Ends by itself, or with `follow` when the instance ends or `signal` aborts. */
export async function* readLog(ring: LogRing, options: LogOptions, clock: Clock): AsyncGenerator<string, void> {
  const { follow = false, tailLines, sinceSeconds, timestamps = false, signal } = options;
  const sinceMs = sinceSeconds === undefined ? Number.NEGATIVE_INFINITY : clock.wallMs() - sinceSeconds * 1000;
  const print = ({ wallMs, text }: LogLine): string =>
    timestamps ? `${new Date(wallMs).toISOString()} ${text}\n` : `${text}\n`;

  const kept = ring.lines().filter((line) => line.wallMs >= sinceMs);
  const queue: (LogLine | null)[] = tailLines === undefined ? kept : tailLines === 0 ? [] : kept.slice(-tailLines);
  let wake = (): void => undefined;
  // Before the first yield: what is written while the reader is slow must not be missed.
  const stop = follow
    ? ring.follow((line) => {
        queue.push(line);
        wake();
      })
    : () => undefined;
  const onAbort = (): void => wake();
  signal?.addEventListener('abort', onAbort);
  try {
    while (signal?.aborted !== true) {
      const next = queue.shift();
      if (next === null) return;
      if (next !== undefined) yield print(next);
      else if (!follow) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    stop();
    signal?.removeEventListener('abort', onAbort);
  }
}
