/** Cuts a byte stream into lines of text; a line longer than 16 KiB is cut there, as containerd does. */
import { StringDecoder } from 'node:string_decoder';

const LONGEST_LINE = 16_384;

export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Gives out what stands after the last newline. */
  end(): void;
}

/** @param onLine gets each line without its newline (and without a carriage return before it) */
export function lineSplitter(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let rest = '';

  function take(text: string): void {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) give(line.endsWith('\r') ? line.slice(0, -1) : line);
    while (rest.length > LONGEST_LINE) {
      onLine(rest.slice(0, LONGEST_LINE));
      rest = rest.slice(LONGEST_LINE);
    }
  }
  function give(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += LONGEST_LINE) onLine(line.slice(at, at + LONGEST_LINE));
  }

  return {
    push: (chunk) => take(decoder.write(chunk)),
    end() {
      take(decoder.end());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
