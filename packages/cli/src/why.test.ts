import type { DecisionRecord } from '@rouse/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeOperator, startFakeOperator } from './testing/fake-operator.ts';
import { type RecordedOutput, recordedOutput } from './testing/recorded-output.ts';
import { sampleWorkload } from './testing/sample-workload.ts';
import { type WhyOptions, why } from './why.ts';
import { whyLines } from './why-lines.ts';

const at = '2026-03-01T10:00:00.000Z';
const record: DecisionRecord = {
  at,
  cause: 'wake',
  from: 0,
  to: 5,
  inputs: { metric: 'concurrency', stable: null, demand: 24, waking: true, panicking: false, idleMs: 1_500 },
  steps: [
    {
      rule: 'wake',
      before: 0,
      after: 12,
      why: '24 waiting / 2 per pod = 12',
      annotation: 'autoscaling.knative.dev/target',
    },
    {
      rule: 'max-scale',
      before: 12,
      after: 5,
      why: 'never more than 5',
      annotation: 'autoscaling.knative.dev/max-scale',
    },
  ],
};

let operator: FakeOperator;
let output: RecordedOutput;
beforeEach(async () => {
  operator = await startFakeOperator();
  output = recordedOutput();
  operator.workloads = [sampleWorkload(), sampleWorkload({ namespace: 'team-a', name: 'shop' })];
  operator.decisions = [{ ...record, to: 1, steps: [] }, record];
});
afterEach(() => operator.close());

const run = (name: string, options: Partial<WhyOptions> = {}) =>
  why(name, { operator: operator.url, namespace: 'default', last: 1, ...options }, output);

test('the chain of rules in plain words, ending with the annotation that would change it', () => {
  expect(whyLines(sampleWorkload(), [record], Date.parse(at) + 3_000)).toEqual([
    'default/hello is awake: 1 of 1 ready, 0 in flight, 0 held; goes to sleep in 6 s if nothing arrives.',
    '',
    `0 → 5, 3 s ago (${at}): a request had no pod`,
    '  0 → 12  wake: 24 waiting / 2 per pod = 12',
    '  12 → 5  max-scale: never more than 5',
    '  seen: metric concurrency, demand 24, waking, idle 1.5 s',
    '',
    expect.stringMatching(
      /^To change this, set the annotation autoscaling\.knative\.dev\/max-scale on the Deployment \(.+\): .+/,
    ),
  ]);
});

test('a last rule without an annotation of its own leaves the word to the one before', () => {
  const steps = [...record.steps, { rule: 'unknown-never-down', before: 5, after: 6, why: 'no report' }];
  expect(whyLines(sampleWorkload(), [{ ...record, steps }], 0).at(-1)).toContain('autoscaling.knative.dev/max-scale');
});

test.each([
  ['asleep', 'autoscaling.knative.dev/min-scale'],
  ['awake', 'autoscaling.knative.dev/target'],
] as const)('an %s workload without a decision still ends with the annotation to change', (state, key) => {
  const lines = whyLines(sampleWorkload({ state, sleepsInMs: null }), [], 0);
  expect(lines).toContain('No decision yet: its replicas are as they were found.');
  expect(lines.at(-1)).toContain(`set the annotation ${key} on the Deployment`);
});

test('what is wrong with the workload comes before the decisions', () => {
  const workload = sampleWorkload({
    blocked: { code: 'image-pull', message: 'no such image' },
    problems: ['bad value'],
  });
  expect(whyLines(workload, [record], 0).slice(1, 3)).toEqual(['image-pull: no such image', 'bad value']);
});

test('NAME means the default namespace, NAMESPACE/NAME and --namespace another', async () => {
  expect(await run('hello')).toBe(0);
  expect(await run('team-a/shop')).toBe(0);
  expect(await run('shop', { namespace: 'team-a' })).toBe(0);
  expect(output.printed.filter((line) => line.includes(' is awake: ')).map((line) => line.split(' ')[0])).toEqual([
    'default/hello',
    'team-a/shop',
    'team-a/shop',
  ]);
});

test('--last shows so many decisions, the newest one last', async () => {
  await run('hello');
  expect(output.printed.filter((line) => line.includes('ago'))).toEqual([expect.stringMatching(/^0 → 5/)]);
  output = recordedOutput();
  await run('hello', { last: 5 });
  expect(output.printed.filter((line) => line.includes('ago'))).toEqual([
    expect.stringMatching(/^0 → 1/),
    expect.stringMatching(/^0 → 5/),
  ]);
});

test('--json gives the workload and its decisions', async () => {
  await run('hello', { json: true });
  expect(JSON.parse(output.printed.join('\n'))).toEqual({ workload: sampleWorkload(), decisions: [record] });
});

test('an unknown workload, also one with odd characters, is what the operator says of it, and exit code 1', async () => {
  expect(await run('nope')).toBe(1);
  expect(await run('a/b/../c?d')).toBe(1);
  expect(output.printed).toEqual([]);
  expect(output.complaints[0]).toBe('error: There is no workload "default/nope".');
  expect(output.complaints).toHaveLength(2);
});
