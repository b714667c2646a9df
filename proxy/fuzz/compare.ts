/** Reads one input with both parsers, and says where they part. */
import { type Allowed, type Difference, firstDifference, isSame, type Outcome } from './difference.ts';
import { readWithNode } from './node-parser.ts';
import { requestFault, responseFault } from './onward.ts';
import { readRequests } from './read-requests.ts';
import { readResponses } from './read-responses.ts';
import type { Reading } from './reading.ts';
import { requestDifferences } from './request-differences.ts';
import { responseDifferences } from './response-differences.ts';

export interface Input {
  readonly kind: 'request' | 'response';
  /** One character 0–255 per byte. */
  readonly text: string;
  /** Of responses: the methods they answer. */
  readonly methods: readonly string[];
  /** Where it is cut for a second reading, which must be the same; ascending. */
  readonly cuts: readonly number[];
}

const LINE_ENDS = Buffer.from('\r\n\r\n\r\n');

export function compare(input: Input): Outcome {
  const { kind, text, methods, cuts } = input;
  const bytes = Buffer.from(text, 'latin1');
  const read = (all: Buffer, at: readonly number[]): Reading =>
    kind === 'request' ? readRequests(all, at) : readResponses(all, methods, at);
  const ours = read(bytes, []);
  const node = readWithNode(kind, bytes, methods, kind === 'response');
  const wrong = (what: Difference['kind'], found: string, expected: string): Outcome => ({
    ours,
    difference: { kind: what, raw: text, previous: '', ours: found, node: expected },
  });
  const cut = read(bytes, cuts);
  if (!isSame(ours, cut)) return wrong('cut', `${JSON.stringify(cut)} at ${cuts}`, JSON.stringify(ours));
  const fault = kind === 'request' ? requestFault(ours, node) : responseFault(ours, node, methods);
  if (fault !== null) return wrong('onward', fault, JSON.stringify(ours.forwarded));
  return { ours, difference: firstDifference(text, ours, node, () => read(Buffer.concat([bytes, LINE_ENDS]), [])) };
}

/** What explains a difference; undefined for a finding. */
export function explanation(input: Input, difference: Difference): Allowed | undefined {
  return (input.kind === 'request' ? requestDifferences : responseDifferences).find((one) => one.covers(difference));
}
