/** What containers printed, kept in bounded memory, to be read back and followed by `kubectl logs`. */
import type { Clock } from '@rouse/contract';

export interface LogLine {
  readonly text: string;
  readonly wallMs: number;
}

export interface PodLogs {
  /** One line without its newline. */
  append(podUid: string, container: string, text: string): void;
  /** A new run of the container begins: what there was becomes the previous run. */
  beginRun(podUid: string, container: string): void;
  lines(podUid: string, container: string, previous: boolean): readonly LogLine[];
  /** Calls back for each later line; the result unsubscribes. */
  follow(podUid: string, container: string, onLine: (line: LogLine) => void): () => void;
  forget(podUid: string): void;
}

/** Bytes (UTF-16 units) kept per run of a container; the oldest lines go first. */
const KEPT_BYTES = 1024 * 1024;

interface Run {
  lines: LogLine[];
  bytes: number;
}

interface Log {
  current: Run;
  previous: Run | null;
  readonly followers: Set<(line: LogLine) => void>;
}

export function createPodLogs(clock: Clock): PodLogs {
  const logs = new Map<string, Map<string, Log>>();

  function logOf(podUid: string, container: string): Log {
    let pod = logs.get(podUid);
    if (!pod) {
      pod = new Map();
      logs.set(podUid, pod);
    }
    let log = pod.get(container);
    if (!log) {
      log = { current: { lines: [], bytes: 0 }, previous: null, followers: new Set() };
      pod.set(container, log);
    }
    return log;
  }

  return {
    append(podUid, container, text) {
      const { current, followers } = logOf(podUid, container);
      const line = { text, wallMs: clock.wallMs() };
      current.lines.push(line);
      current.bytes += text.length + 1;
      if (current.bytes > KEPT_BYTES) {
        let drop = 0;
        // Half at a time, so that a full log does not shift its lines at every append.
        while (drop < current.lines.length - 1 && current.bytes > KEPT_BYTES / 2) {
          current.bytes -= current.lines[drop]!.text.length + 1;
          drop++;
        }
        current.lines = current.lines.slice(drop);
      }
      for (const follower of followers) follower(line);
    },
    beginRun(podUid, container) {
      const log = logOf(podUid, container);
      if (log.current.lines.length > 0 || log.previous) log.previous = log.current;
      log.current = { lines: [], bytes: 0 };
    },
    lines(podUid, container, previous) {
      const log = logs.get(podUid)?.get(container);
      return (previous ? log?.previous?.lines : log?.current.lines) ?? [];
    },
    follow(podUid, container, onLine) {
      const { followers } = logOf(podUid, container);
      followers.add(onLine);
      return () => followers.delete(onLine);
    },
    forget(podUid) {
      logs.delete(podUid);
    },
  };
}
