/** Reads the data of a ConfigMap with the keys of Knative's `config-autoscaler`: each value, then what must hold between them. */
import { annotationMap } from './annotation-reader.ts';
import { type ClusterConfig, clusterConfigKeys, defaultClusterConfig, TARGET_MIN } from './cluster-config.ts';
import { type AnyDescriptor, describe } from './descriptor.ts';
import { nearest } from './nearest.ts';
import { decimal, duration, LONGEST_DURATION } from './number-values.ts';
import type { Problem } from './problem.ts';

/** Knative's keys that mean nothing here, because the proxy is always in the path; a bad value is told as upstream does. */
const withoutEffect: readonly AnyDescriptor[] = [
  describe(decimal(1, Number.POSITIVE_INFINITY), {
    key: 'activator-capacity',
    default: 100,
    doc: 'Accepted for compatibility and without effect.',
  }),
  describe(duration('1ns', LONGEST_DURATION), {
    key: 'scale-to-zero-grace-period',
    default: 30_000,
    defaultText: '30s',
    doc: 'Accepted for compatibility and without effect.',
  }),
];

/** Documentation within the ConfigMap, as upstream's carries it. */
const EXAMPLE_KEY = '_example';

export interface ClusterConfigResult {
  /** Whole in any case: a refused value stands at its default. With a problem of severity `error`, keep the last good one instead. */
  readonly config: ClusterConfig;
  readonly problems: readonly Problem[];
}

function problem(key: string, value: string, allowed: string, fix: string, severity: Problem['severity'] = 'error') {
  return { source: 'config', key, value, allowed, fix, severity } as const satisfies Problem;
}

function* relations(config: ClusterConfig, written: (key: string) => string): Iterable<Problem> {
  const keys = clusterConfigKeys;
  const concurrency = (config.containerConcurrencyTargetPercentage / 100) * config.containerConcurrencyTargetDefault;
  if (concurrency < TARGET_MIN) {
    const { key } = keys.containerConcurrencyTargetDefault;
    const fix = `Raise ${key} or ${keys.containerConcurrencyTargetPercentage.key}.`;
    const allowed = `a target that is at least ${TARGET_MIN} after ${keys.containerConcurrencyTargetPercentage.key}`;
    yield problem(key, written(key), allowed, fix);
  }
  if (config.initialScale === 0 && !config.allowZeroInitialScale) {
    const { key } = keys.initialScale;
    const fix = `Set ${key} to at least 1, or ${keys.allowZeroInitialScale.key} to true.`;
    yield problem(key, written(key), `at least 1 while ${keys.allowZeroInitialScale.key} is false`, fix);
  }
  const { maxScale, maxScaleLimit, minScale, activationScale } = config;
  if (maxScaleLimit > 0 && (maxScale < 1 || maxScale > maxScaleLimit)) {
    const { key } = keys.maxScale;
    const allowed = `an integer from 1 to ${maxScaleLimit} (${keys.maxScaleLimit.key})`;
    yield problem(key, written(key), allowed, `Set ${key} to at most ${maxScaleLimit}, or raise the limit.`);
  }
  if (maxScale > 0 && minScale > maxScale) {
    const { key } = keys.minScale;
    const fix = `Lower ${key} or raise ${keys.maxScale.key}.`;
    yield problem(key, written(key), `at most ${maxScale} (${keys.maxScale.key})`, fix);
  }
  if (maxScale > 0 && activationScale > maxScale) {
    const { key } = keys.activationScale;
    const fix = `Lower ${key} or raise ${keys.maxScale.key}.`;
    yield problem(key, written(key), `at most ${maxScale} (${keys.maxScale.key})`, fix);
  }
}

/**
 * Keys that are not known are ignored as Knative ignores them; one that looks like a slip of the pen gives a notice.
 * Ranges and relations are those of upstream's `NewConfigFromMap`; white space around a value is refused as there.
 */
export function readClusterConfig(data: Readonly<Record<string, string>> | null | undefined): ClusterConfigResult {
  const map = annotationMap(data);
  const problems: Problem[] = [];
  const read = (descriptor: AnyDescriptor): unknown => {
    const text = map.get(descriptor.key);
    if (text === undefined) return undefined;
    const parsed = descriptor.parse(text);
    if (parsed.ok) return parsed.value;
    const fix = `Set ${descriptor.key} to a value in that range: ${parsed.fix}.`;
    problems.push(problem(descriptor.key, text, parsed.allowed, fix));
    return undefined;
  };
  const values = Object.entries(clusterConfigKeys).flatMap(([name, descriptor]) => {
    const value = read(descriptor);
    return value === undefined ? [] : [[name, value]];
  });
  for (const descriptor of withoutEffect) read(descriptor);
  const config: ClusterConfig = { ...defaultClusterConfig, ...(Object.fromEntries(values) as Partial<ClusterConfig>) };
  problems.push(...relations(config, (key) => map.get(key) ?? ''));
  const known = [...Object.values<AnyDescriptor>(clusterConfigKeys), ...withoutEffect].map(({ key }) => key);
  for (const [key, value] of map) {
    if (key === EXAMPLE_KEY || known.includes(key)) continue;
    const guess = nearest(key, known);
    if (guess !== null)
      problems.push(problem(key, value, 'a known key; this one has no effect', `Write ${guess} instead.`, 'notice'));
  }
  return { config, problems };
}
