import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ClusterConfig, clusterConfigKeys, defaultClusterConfig } from './cluster-config.ts';
import { validateAnnotations } from './knative-rules.ts';
import { resolveTarget } from './resolve-target.ts';
import { parseSettings } from './settings.ts';

interface Vectors {
  readonly annotation_validation: {
    readonly cases: readonly {
      readonly id: string;
      readonly source: { readonly name?: string };
      readonly config: Readonly<Record<string, number | boolean | string>>;
      readonly annotations: Readonly<Record<string, string>> | null;
      readonly expected: { readonly valid: boolean; readonly errors: readonly { readonly message: string }[] };
    }[];
  };
  readonly target_resolution: {
    readonly cases: readonly {
      readonly id: string;
      readonly metric: 'concurrency' | 'rps';
      readonly container_concurrency: number;
      readonly annotations: Readonly<Record<string, string>>;
      readonly config: Readonly<Record<string, number>>;
      readonly expected: { readonly target: number; readonly total: number };
    }[];
  };
}

const path = new URL('../../../operator/vectors/knative.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors;

function configOf(given: Readonly<Record<string, number | boolean | string>>): ClusterConfig {
  const names = new Map(
    Object.entries(clusterConfigKeys).map(([name, descriptor]) => [descriptor.key as string, name]),
  );
  const entries = Object.entries(given).map(([key, value]) => [names.get(key) ?? key, value]);
  return { ...defaultClusterConfig, ...Object.fromEntries(entries) };
}

describe('annotation_validation', () => {
  test.each(vectors.annotation_validation.cases.map((one) => [one.id, one] as const))('%s', (_, one) => {
    const config = configOf(one.config);
    const byMessage = (a: { message: string }, b: { message: string }) => (a.message < b.message ? -1 : 1);
    expect([...validateAnnotations(one.annotations, config)].sort(byMessage)).toEqual(
      [...one.expected.errors].sort(byMessage),
    );
    const refused = parseSettings(one.annotations, config).problems.some((problem) => problem.severity === 'error');
    expect(refused).toBe(!one.expected.valid);
  });
});

describe('target_resolution', () => {
  test.each(vectors.target_resolution.cases.map((one) => [one.id, one] as const))('%s', (_, one) => {
    const config = {
      ...configOf({}),
      containerConcurrencyTargetPercentage: (one.config['container-concurrency-target-fraction'] ?? 1) * 100,
      containerConcurrencyTargetDefault: one.config['container-concurrency-target-default'] ?? 100,
    };
    const { settings } = parseSettings(one.annotations, config);
    const limits = { containerConcurrency: one.container_concurrency };
    const resolved = resolveTarget({ ...settings, metric: one.metric, limits }, config);
    expect(resolved.target).toBeCloseTo(one.expected.target, 9);
    expect(resolved.total).toBe(one.expected.total);
  });
});

// Upstream's rules beyond the published cases (annotation_validation.go).
describe('further rules of upstream', () => {
  const key = (name: string) => `autoscaling.knative.dev/${name}`;
  const check = (annotations: Record<string, string>, config: Partial<ClusterConfig> = {}) =>
    validateAnnotations(annotations, { ...defaultClusterConfig, ...config });

  test('an unknown class of the knative.dev domain is refused, one of another domain is not', () => {
    expect(check({ [key('class')]: 'unsupported.knative.dev' })).toMatchObject([
      { code: 'invalid_value', message: 'invalid value: unsupported.knative.dev' },
    ]);
    expect(check({ [key('class')]: 'some.other.domain' })).toEqual([]);
  });

  test('the same fault of two keys is one error with both paths', () => {
    expect(check({ [key('min-scale')]: 'bar', [key('max-scale')]: 'bar' })).toMatchObject([
      { message: 'invalid value: bar', paths: [key('max-scale'), key('min-scale')] },
    ]);
  });

  test('min above max names both keys', () => {
    expect(check({ [key('min-scale')]: '5', [key('max-scale')]: '2' })).toMatchObject([
      { message: 'max-scale=2 is less than min-scale=5', paths: [key('max-scale'), key('min-scale')] },
    ]);
    expect(check({ [key('min-scale')]: '5', [key('max-scale')]: '0' })).toEqual([]);
  });

  test('max-scale must respect the limit of the cluster, and may then not be unlimited', () => {
    expect(check({ [key('max-scale')]: '11' }, { maxScaleLimit: 10 })).toMatchObject([
      { code: 'out_of_bounds', message: 'expected 1 <= 11 <= 10', lower: 1, upper: 10 },
    ]);
    expect(check({ [key('max-scale')]: '0' }, { maxScaleLimit: 10, maxScale: 1 })).toMatchObject([
      { message: 'max-scale=0 (unlimited), must be less than 10' },
    ]);
  });

  test('activation-scale must be an integer above 1 between min and max', () => {
    expect(check({ [key('min-scale')]: '1', [key('activation-scale')]: '2', [key('max-scale')]: '3' })).toEqual([]);
    expect(check({ [key('activation-scale')]: 'x' })).toMatchObject([{ message: 'invalid value: x' }]);
    expect(check({ [key('activation-scale')]: '1' })).toMatchObject([
      { message: 'activation-scale=1 must be greater than 1' },
    ]);
    expect(check({ [key('activation-scale')]: '2147483648' })).toMatchObject([{ code: 'invalid_value' }]);
  });

  test('the algorithm is checked where the class is written as KPA; empty is fine', () => {
    const kpa = { [key('class')]: 'kpa.autoscaling.knative.dev' };
    expect(check({ ...kpa, [key('metric-aggregation-algorithm')]: 'random-selection' })).toMatchObject([
      { message: 'invalid value: random-selection' },
    ]);
    for (const name of ['', 'linear', 'weighted-exponential', 'weightedExponential']) {
      expect(check({ ...kpa, [key('metric-aggregation-algorithm')]: name })).toEqual([]);
    }
  });

  test('a target below 0.01 has words of its own, a malformed one is an invalid value', () => {
    for (const value of ['-11', '0', '0.009', '-Inf']) {
      expect(check({ [key('target')]: value })).toMatchObject([
        { message: `target ${value} should be at least 0.01`, paths: [key('target')] },
      ]);
    }
    expect(check({ [key('target')]: '100}' })).toMatchObject([
      { code: 'invalid_value', message: 'invalid value: 100}' },
    ]);
    expect(check({ [key('target')]: '1e2' })).toEqual([]);
  });

  test('an infinite percentage is out of bounds', () => {
    expect(check({ [key('panic-window-percentage')]: '+Inf' })).toMatchObject([
      { message: 'expected 1 <= +Inf <= 100' },
    ]);
  });

  test('an infinite target is valid, and no more than the largest number', () => {
    for (const value of ['Inf', '+Inf', 'infinity']) {
      expect(check({ [key('target')]: value, [key('target-burst-capacity')]: value })).toEqual([]);
      expect(parseSettings({ [key('target')]: value }).settings.target).toBe(Number.MAX_VALUE);
    }
  });

  test('an initial-scale that fits 64 bits but not 32 is valid and told, and the default of the cluster applies', () => {
    for (const value of ['2147483648', '+2147483648', '9223372036854775807']) {
      expect(check({ [key('initial-scale')]: value })).toEqual([]);
      const { settings, problems } = parseSettings(
        { [key('initial-scale')]: value },
        { ...defaultClusterConfig, initialScale: 3 },
      );
      expect(settings.initialScale).toBe(3);
      expect(problems).toMatchObject([{ severity: 'notice', value }]);
    }
    for (const value of ['9223372036854775808', '-9223372036854775809']) {
      expect(check({ [key('initial-scale')]: value })).toMatchObject([
        { message: `invalid value: ${value}`, paths: [key('initial-scale')] },
      ]);
    }
  });

  test('activation-scale has no camelCase spelling: such a key has no effect', () => {
    expect(check({ [key('activationScale')]: '0' })).toEqual([]);
    expect(parseSettings({ [key('activationScale')]: '5' }).settings.activationScale).toBe(1);
  });

  test('the class of the cluster decides which metrics are valid', () => {
    expect(check({ [key('metric')]: 'cpu' }, { podAutoscalerClass: 'hpa.autoscaling.knative.dev' })).toEqual([]);
  });

  test('durations: negative is out of bounds, retention may be finer than a second', () => {
    expect(check({ [key('scale-down-delay')]: '-42s' })).toMatchObject([
      { message: 'expected 0s <= -42s <= 1h0m0s', lower: '0s', upper: '1h0m0s' },
    ]);
    expect(check({ [key('scale-to-zero-pod-retention-period')]: '1.5s' })).toEqual([]);
    expect(check({ [key('window')]: '365h' })).toMatchObject([{ message: 'expected 6s <= 365h <= 1h0m0s' }]);
  });
});
