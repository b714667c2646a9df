import { defaultClusterConfig } from '@rouse/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AdoptFlag, type AdoptionInputs, judgeAdoption } from './adoption.ts';
import type { DeploymentRecord } from './deployment-record.ts';
import { defaultSettings, deploymentRecord } from './test-records.ts';

const TARGET = 'autoscaling.knative.dev/target';

function judge(
  annotations: Record<string, string>,
  more: Partial<AdoptionInputs> = {},
  record: Partial<DeploymentRecord> = {},
) {
  return judgeAdoption({
    deployment: deploymentRecord('web', { annotations: new Map(Object.entries(annotations)), ...record }),
    inferenceService: null,
    namespaceLabel: undefined,
    adopt: 'knative',
    config: defaultClusterConfig,
    lastGood: null,
    ...more,
  });
}

const modes: readonly [what: string, mode: string | undefined, ...Parameters<typeof judge>][] = [
  ['nothing asks for it', undefined, {}],
  ['the annotation says true', 'managed', { 'rouse.dev/enabled': 'true' }],
  ['the annotation says false', undefined, { 'rouse.dev/enabled': 'false' }],
  ["the Namespace's label says true", 'managed', {}, { namespaceLabel: 'true' }],
  ["the Namespace's label says anything else", undefined, {}, { namespaceLabel: 'yes' }],
  [
    'the annotation says false and the Namespace true',
    undefined,
    { 'rouse.dev/enabled': 'false' },
    { namespaceLabel: 'true' },
  ],
  ['the flag adopts all', 'managed', {}, { adopt: 'all' }],
  ['the flag adopts all but the annotation says false', undefined, { 'rouse.dev/enabled': 'false' }, { adopt: 'all' }],
  ['a Knative key stands on it', 'unrouted', { [TARGET]: '10' }],
  [
    'a Knative key stands on it and the annotation says true',
    'managed',
    { [TARGET]: '10', 'rouse.dev/enabled': 'true' },
  ],
  ['a Knative key stands on it and the flag is explicit', undefined, { [TARGET]: '10' }, { adopt: 'explicit' }],
  [
    'its class is of another autoscaler',
    'left-alone',
    { 'autoscaling.knative.dev/class': 'hpa.autoscaling.knative.dev', 'rouse.dev/enabled': 'true' },
  ],
  ['a Knative Revision owns it', undefined, { [TARGET]: '10' }, {}, { knativeRevision: 'web-00001' }],
  [
    'a Knative Revision owns it, enabled by hand',
    'left-alone',
    { 'rouse.dev/enabled': 'true' },
    {},
    { knativeRevision: 'web-00001' },
  ],
  ['its first settings have an error', 'left-alone', { 'rouse.dev/enabled': 'true', [TARGET]: '-1' }],
  ['its annotation is neither true nor false', 'left-alone', { 'rouse.dev/enabled': 'yes' }],
];
for (const [what, mode, ...inputs] of modes) {
  test(`${what}: ${mode ?? 'not ours'}`, () => {
    expect(judge(...inputs)?.mode).toBe(mode);
  });
}

test('a mode other than managed has its reason, and a foreign class a notice', () => {
  const adoption = judge({ 'autoscaling.knative.dev/class': 'hpa.autoscaling.knative.dev' });
  expect(adoption?.reason).toBe('class hpa.autoscaling.knative.dev: another autoscaler owns it');
  expect(adoption?.problems).toMatchObject([{ key: 'autoscaling.knative.dev/class', severity: 'notice' }]);
});

test('Knative keys on the pod template alone are told with the right place, and adopt nothing', () => {
  const adoption = judge({}, {}, { templateKnativeKeys: [TARGET] });
  expect(adoption?.mode).toBe('left-alone');
  expect(adoption?.problems).toMatchObject([
    { severity: 'error', fix: expect.stringContaining("the Deployment's own metadata.annotations") },
  ]);
});

test('a misplaced key does not stand in the way of good settings', () => {
  const adoption = judge({ 'rouse.dev/enabled': 'true' }, {}, { templateKnativeKeys: [TARGET] });
  expect(adoption).toMatchObject({ mode: 'managed', problems: [{ severity: 'error' }] });
});

test('a key that stands on both is not misplaced', () => {
  expect(
    judge({ 'rouse.dev/enabled': 'true', [TARGET]: '5' }, {}, { templateKnativeKeys: [TARGET] })?.problems,
  ).toEqual([]);
});

test('keys of ours without anyone enabling them are noticed', () => {
  expect(judge({ 'rouse.dev/port': '80' })).toMatchObject({
    mode: 'left-alone',
    problems: [{ key: 'rouse.dev/port', severity: 'notice' }],
  });
});

test('with an error the last good settings stay in force and the mode stays', () => {
  const lastGood = { ...defaultSettings, minScale: 7 };
  const adoption = judge({ 'rouse.dev/enabled': 'true', [TARGET]: 'x' }, { lastGood });
  expect(adoption).toMatchObject({ mode: 'managed', settings: { minScale: 7 }, lastGood: { minScale: 7 } });
});

test('whatever stands in the annotations, nothing throws and what is managed has good settings', () => {
  const key = fc.oneof(
    fc.constantFrom(
      'rouse.dev/enabled',
      TARGET,
      'autoscaling.knative.dev/class',
      'rouse.dev/routes',
      '__proto__',
      'constructor',
    ),
    fc.string(),
  );
  const value = fc.oneof(fc.constantFrom('true', 'false', '1', ''), fc.string());
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, value)),
      fc.constantFrom<AdoptFlag>('explicit', 'knative', 'all'),
      fc.option(value, { nil: undefined }),
      (annotations, adopt, namespaceLabel) => {
        const adoption = judgeAdoption({
          deployment: deploymentRecord('web', { annotations: new Map(annotations) }),
          inferenceService: null,
          namespaceLabel,
          adopt,
          config: defaultClusterConfig,
          lastGood: null,
        });
        if (adoption === null || adoption.mode === 'left-alone') return;
        expect(adoption.lastGood).toBe(adoption.settings);
        expect(new Map(annotations).get('rouse.dev/enabled')).not.toBe('false');
      },
    ),
  );
});
