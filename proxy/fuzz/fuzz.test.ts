/** A bounded run against Node's parser with a fixed seed, the inputs kept from longer ones, and that the run finds things. */
import { expect, test } from 'vitest';
import { compare, explanation, type Input } from './compare.ts';
import { firstDifference } from './difference.ts';
import { keptSeeds } from './kept-seeds.ts';
import { readWithNode } from './node-parser.ts';
import { readRequests } from './read-requests.ts';
import type { Reading } from './reading.ts';
import { ALL_FAULTS, runInputs } from './run.ts';

test('20,000 inputs: every difference to Node is declared, every fault is met, 30 % and more are accepted', () => {
  const report = runInputs(20_000, 1);
  expect(report.findings).toEqual([]);
  expect([...report.faults.keys()].sort()).toEqual([...ALL_FAULTS].sort());
  expect(report.accepted / report.inputs).toBeGreaterThan(0.3);
});

test.each(keptSeeds())('$name: $why', (seed) => {
  const { difference } = compare(seed);
  if (difference !== null) expect(explanation(seed, difference), JSON.stringify(difference)).toBeDefined();
});

const TEXT =
  'POST /a HTTP/1.1\r\nHost: app.test\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHost: app.test\r\n\r\n';
const ours = readRequests(Buffer.from(TEXT));
const [first, second] = ours.messages;

test.each<readonly [name: string, changed: Partial<Reading>, kind: string]>([
  ['another method', { messages: [{ ...first!, method: 'PUT' }, second!] }, 'head'],
  ['another target', { messages: [first!, { ...second!, target: '/c' }] }, 'head'],
  ['a field less', { messages: [{ ...first!, fields: first!.fields.slice(1) }, second!] }, 'head'],
  ['another value', { messages: [first!, { ...second!, fields: [['Host', 'b.test']] }] }, 'head'],
  ['a connection that ends', { messages: [{ ...first!, persists: false }, second!] }, 'persists'],
  ['a message more', { messages: [first!, second!, second!] }, 'only-ours'],
  ['a message less', { messages: [first!] }, 'end'],
  ['a refusal', { messages: [first!], end: 'refused', reason: 'bad-request' }, 'only-node'],
  ['more to come', { end: 'incomplete' }, 'end'],
])('a reading with %s is a finding', (_name, changed, kind) => {
  const input: Input = { kind: 'request', text: TEXT, methods: [], cuts: [] };
  const node = readWithNode('request', Buffer.from(TEXT));
  expect(firstDifference(TEXT, ours, node, () => ours)).toBeNull();
  const difference = firstDifference(TEXT, { ...ours, ...changed }, node, () => ours);
  expect(difference).toMatchObject({ kind });
  expect(explanation(input, difference!)).toBeUndefined();
});
