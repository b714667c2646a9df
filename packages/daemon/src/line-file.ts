/** Writes lines to standard output or to a file without ever making the caller wait: buffered, bounded, flushed at the end. */
import { openSync } from 'node:fs';
import { pino } from 'pino';

/** Most that waits for a slow reader; what comes then is dropped and counted. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
/** One write to a pipe of up to this many bytes is never mixed with another's (PIPE_BUF, write(2)). */
const PIPE_WRITE_BYTES = 4_096;
const FILE_WRITE_BYTES = 65_536;
/** A line reaches its reader after this long at the latest. */
const FLUSH_MS = 200;
/** How long the end waits for what is slow to take it. */
const CLOSE_MS = 2_000;

export interface LineFile {
  /** Adds one line, which ends in a line feed; ASCII, so that characters are bytes. */
  write(line: string): void;
  /** Lines that were lost since nobody took them in time, or they could not be written. */
  readonly dropped: number;
  /** Writes what waits. */
  close(): Promise<void>;
}

/**
 * @param target `stdout`, or a path that is appended to, and made where it is absent
 * @param onFault called with the first error of a row of writes
 * @throws where the file cannot be opened
 */
export function openLineFile(target: string, onFault: (error: Error) => void): LineFile {
  const toStdout = target === 'stdout';
  const maxWrite = toStdout ? PIPE_WRITE_BYTES : FILE_WRITE_BYTES;
  const stream = pino.destination({
    fd: toStdout ? 1 : openSync(target, 'a'),
    sync: false,
    // A full write at a time, or after a while what there is.
    minLength: maxWrite - 1,
    maxWrite,
    maxLength: MOST_WAITING_BYTES,
    periodicFlush: FLUSH_MS,
  });
  let dropped = 0;
  let isFailing = false;
  let isClosed = false;
  stream.on('drop', () => dropped++);
  stream.on('write', () => {
    isFailing = false;
  });
  stream.on('error', (error: Error) => {
    if (!isFailing) onFault(error);
    isFailing = true;
  });
  return {
    write(line) {
      if (isClosed) dropped++;
      else stream.write(line);
    },
    get dropped() {
      return dropped;
    },
    close: () =>
      new Promise((resolve) => {
        isClosed = true;
        const timer = setTimeout(resolve, CLOSE_MS);
        const over = () => {
          clearTimeout(timer);
          resolve();
        };
        stream.once('close', over);
        stream.once('error', over);
        stream.end();
      }),
  };
}
