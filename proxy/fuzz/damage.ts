/** Damages a stream in one or two places, with the bytes that parsers disagree about. */
import type { Random } from './random.ts';

const BYTES = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '0',
  '1',
  'a',
  '\0',
  '\x0b',
  '\x0c',
  '\x7f',
  '\x80',
  '\xff',
  '#',
  '"',
  '\\',
  '%',
  '_',
  '=',
];

/** Mostly at a place where something ends: there it matters most. */
function place(random: Random, text: string): number {
  const at = random.below(text.length + 1);
  if (random.oneIn(3)) return at;
  const edge = text.slice(at).search(/[\r\n: ,;]/);
  return edge < 0 ? at : at + edge + random.below(2);
}

function once(random: Random, text: string): string {
  const at = place(random, text);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at) + random.pick(BYTES) + text.slice(at);
    case 1:
      return text.slice(0, at) + random.pick(BYTES) + text.slice(at + 1);
    case 2:
      return text.slice(0, at) + text.slice(at + 1 + random.below(3));
    case 3:
      return text.slice(0, at);
    default: {
      const from = place(random, text);
      return text.slice(0, at) + text.slice(from, from + 1 + random.below(24)) + text.slice(at);
    }
  }
}

/** @returns the text with one change, or two */
export function damaged(random: Random, text: string): string {
  const changed = once(random, text);
  return random.oneIn(3) ? once(random, changed) : changed;
}
