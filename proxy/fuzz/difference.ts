/** A place where our reading and Node's part, and the ways in which that is right. */
import type { Message, Reading } from './reading.ts';

export interface Difference {
  /**
   * `only-node`: we refuse what Node accepts. `only-ours`: the other way round. `head`: both accept, and read another
   * head. `persists`: whether another message may follow. `end`: one waits for more. `onward`: what we pass on is read
   * otherwise than what came in. `cut`: it depends on how the input is cut up.
   */
  readonly kind: 'only-node' | 'only-ours' | 'head' | 'persists' | 'end' | 'onward' | 'cut';
  /** The input from the message on in which they part. */
  readonly raw: string;
  /** The message before it. */
  readonly previous: string;
  readonly ours: string;
  readonly node: string;
}

/** A difference that may be, and why. */
export interface Allowed {
  readonly name: string;
  readonly why: string;
  readonly covers: (difference: Difference) => boolean;
}

/** What became of one input. */
export interface Outcome {
  readonly ours: Reading;
  readonly difference: Difference | null;
}

/** Our readings of one input, cut up in two ways. */
export function isSame(a: Reading, b: Reading): boolean {
  return (
    a.end === b.end &&
    a.reason === b.reason &&
    a.starts.join() === b.starts.join() &&
    a.messages.length === b.messages.length &&
    a.forwarded.every((text, index) => text === b.forwarded[index])
  );
}

function describe(reading: Reading, nth: number): string {
  const message = reading.messages[nth];
  return message === undefined ? `${reading.end} ${reading.reason}`.trim() : JSON.stringify(message);
}

function sameHead(a: Message, b: Message): boolean {
  return (
    a.method === b.method &&
    a.target === b.target &&
    a.status === b.status &&
    a.fields.length === b.fields.length &&
    a.fields.every(([name, value], index) => name === b.fields[index]![0] && value === b.fields[index]![1])
  );
}

/**
 * Compares what came in, message by message, up to where one of the two stops.
 * @param completed our reading of the input with line ends behind it: a line that is not whole is not judged yet
 */
export function firstDifference(
  input: string,
  ours: Reading,
  node: Reading,
  completed: () => Reading,
): Difference | null {
  const both = Math.min(ours.messages.length, node.messages.length);
  const at = (kind: Difference['kind'], nth: number): Difference => ({
    kind,
    raw: input.slice(ours.starts[nth]),
    previous: nth === 0 ? '' : input.slice(ours.starts[nth - 1], ours.starts[nth]),
    ours: describe(ours, nth),
    node: describe(node, nth),
  });
  const last = node.messages.at(-1);
  for (let nth = 0; nth < both; nth++) {
    const [a, b] = [ours.messages[nth]!, node.messages[nth]!];
    if (!sameHead(a, b)) return at('head', nth);
    if (b.persists !== null && a.persists !== b.persists) return at('persists', nth);
  }
  // To Node an interim response may end the connection.
  if (
    node.end === 'closed' &&
    node.messages.length === both &&
    last !== undefined &&
    last.status > 0 &&
    last.status < 200
  )
    return null;
  if (ours.messages.length > both) return at('only-ours', both);
  if (ours.end === 'refused')
    return node.end === 'refused' && node.messages.length === both ? null : at('only-node', both);
  if (node.messages.length > both) return at('end', both);
  if (ours.end === 'incomplete' && node.end === 'refused') {
    const later = completed();
    return later.end === 'refused' && later.messages.length === both ? null : at('only-ours', both);
  }
  // Behind that message we read no more, and Node may have.
  if (ours.end === 'closed' && node.messages[both - 1]?.persists === null) return null;
  return ours.end === node.end ? null : at('end', both);
}
