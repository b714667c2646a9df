/** Newline-delimited JSON from chunks cut anywhere, also inside a character. */

export interface JsonLines {
  /** Calls the receiver for each line that is complete now. Returns what is wrong with the stream, or null. */
  feed(chunk: Buffer): string | null;
}

/** Objects are limited to about 1.5 MiB by etcd; ten times that is not an object. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/** @param onValue gets each line's value; empty lines are skipped. After a fault nothing more must be fed. */
export function jsonLines(onValue: (value: unknown) => void, maxLineBytes = MAX_LINE_BYTES): JsonLines {
  let pending: Buffer[] = [];
  let pendingBytes = 0;

  function line(last: Buffer): string | null {
    const text = pending.length === 0 ? last.toString('utf8') : Buffer.concat([...pending, last]).toString('utf8');
    pending = [];
    pendingBytes = 0;
    if (text.trim() === '') return null;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return `a line that is not JSON: ${text.slice(0, 100)}`;
    }
    onValue(value);
    return null;
  }

  return {
    feed(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        const fault = line(chunk.subarray(from, at));
        if (fault !== null) return fault;
        from = at + 1;
      }
      if (from < chunk.length) {
        pending.push(chunk.subarray(from));
        pendingBytes += chunk.length - from;
      }
      return pendingBytes > maxLineBytes ? `a line of more than ${maxLineBytes} bytes` : null;
    },
  };
}
