import { expect, test } from 'vitest';
import { clusterConfigKeys, defaultClusterConfig } from './cluster-config.ts';
import { readClusterConfig } from './read-cluster-config.ts';

const faults = (data: Readonly<Record<string, string>>) =>
  readClusterConfig(data).problems.map(({ key, severity }) => `${severity} ${key}`);

test('no ConfigMap and an empty one are the defaults', () => {
  expect(readClusterConfig(undefined)).toEqual({ config: defaultClusterConfig, problems: [] });
  expect(readClusterConfig({ _example: '# anything' })).toEqual({ config: defaultClusterConfig, problems: [] });
});

test('percentages up to 1 are fractions, words are booleans as Go reads them', () => {
  const { config, problems } = readClusterConfig({
    'stable-window': '2m',
    'allow-zero-initial-scale': 't',
    'container-concurrency-target-percentage': '0.5',
    'max-scale': '12',
    'enable-scale-to-zero': 'FALSE',
  });
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    stableWindow: 120_000,
    containerConcurrencyTargetPercentage: 50,
    maxScale: 12,
    enableScaleToZero: false,
    allowZeroInitialScale: true,
  });
});

test('every default is accepted in its own spelling', () => {
  for (const { key, defaultText } of Object.values(clusterConfigKeys))
    expect(faults({ [key]: defaultText })).toEqual([]);
});

test('white space around a value is refused, as upstream does', () => {
  for (const [key, value] of [
    ['stable-window', ' 60s'],
    ['max-scale', '3\n'],
    ['max-scale-up-rate', '10 '],
    ['enable-scale-to-zero', ' true'],
  ] as const)
    expect(faults({ [key]: value })).toEqual([`error ${key}`]);
});

test('delays, retention and the panic threshold have no upper bound here, unlike in annotations', () => {
  const { config, problems } = readClusterConfig({
    'scale-down-delay': '2h',
    'scale-to-zero-pod-retention-period': '9000h',
    'scale-to-zero-grace-period': '25h',
    'panic-threshold-percentage': '-5',
  });
  expect(problems).toEqual([]);
  expect(config).toMatchObject({ scaleDownDelay: 7_200_000, panicThresholdPercentage: -5 });
});

test('a relation that does not hold names the key to change', () => {
  expect(faults({ 'max-scale-limit': '9' })).toEqual(['error max-scale']);
  expect(faults({ 'max-scale-limit': '9', 'max-scale': '10' })).toEqual(['error max-scale']);
  expect(faults({ 'max-scale-limit': '9', 'max-scale': '9' })).toEqual([]);
  expect(faults({ 'min-scale': '3', 'max-scale': '2' })).toEqual(['error min-scale']);
  expect(faults({ 'activation-scale': '3', 'max-scale': '2' })).toEqual(['error activation-scale']);
  expect(faults({ 'initial-scale': '0' })).toEqual(['error initial-scale']);
  expect(faults({ 'initial-scale': '0', 'allow-zero-initial-scale': 'true' })).toEqual([]);
  const low = { 'container-concurrency-target-default': '0.01', 'container-concurrency-target-percentage': '10' };
  expect(faults(low)).toEqual(['error container-concurrency-target-default']);
});

test('keys without effect are checked as upstream checks them, unknown ones are ignored, slips noticed', () => {
  expect(faults({ 'activator-capacity': '0.95' })).toEqual(['error activator-capacity']);
  expect(faults({ 'scale-to-zero-grace-period': '0s' })).toEqual(['error scale-to-zero-grace-period']);
  expect(faults({ 'something-else': 'x' })).toEqual([]);
  expect(faults({ 'stable-windw': '60s' })).toEqual(['notice stable-windw']);
});
