/** Cluster-wide defaults and limits, by the names and with the defaults of Knative's `config-autoscaler`. */
import { type Descriptor, describe, refuse, type ValueOf, type ValueType } from './descriptor.ts';
import { decimal, duration, integer, LONGEST_DURATION, MAX_INT32 } from './number-values.ts';
import { boolean, words } from './text-values.ts';

/** Class of the autoscaler that Rouse is. */
export const KPA_CLASS = 'kpa.autoscaling.knative.dev';
/** Class of Kubernetes' own autoscaler; such a Deployment is left alone. */
export const HPA_CLASS = 'hpa.autoscaling.knative.dev';

/** Smallest target per pod upstream computes with (`autoscaling.TargetMin`). */
export const TARGET_MIN = 0.01;

/** A percentage in (0, 100]; upstream still takes a value in (0, 1] as a fraction. */
function targetPercentage(): ValueType<number> {
  const kind = decimal(0, 100, { unit: '%' });
  const range = 'a number above 0 and up to 100 (up to 1 it is a fraction)';
  return {
    ...kind,
    shape: { type: 'number', min: 0, max: 100, aboveMin: true, also: [] },
    range,
    parse(text) {
      const parsed = kind.parse(text);
      if (!parsed.ok) return { ...parsed, allowed: range, fix: 'e.g. 70' };
      if (parsed.value === 0) return refuse('out_of_bounds', range, 'above 0, e.g. 70', 0, 100);
      return parsed.value <= 1 ? { ok: true, value: parsed.value * 100 } : parsed;
    },
  };
}

/** Greater than 1: a rate of 1 would never move. */
function rate(): ValueType<number> {
  const kind = decimal(1, Number.POSITIVE_INFINITY);
  const range = 'a number above 1';
  return {
    ...kind,
    shape: { type: 'number', min: 1, max: Number.POSITIVE_INFINITY, aboveMin: true, also: [] },
    range,
    parse(text) {
      const parsed = kind.parse(text);
      if (!parsed.ok) return { ...parsed, allowed: range, fix: 'e.g. 2' };
      return parsed.value > 1 ? parsed : refuse('out_of_bounds', range, 'above 1, e.g. 2');
    },
  };
}

const TRUE_WORDS = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE_WORDS = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/** Go's `strconv.ParseBool`, as upstream's ConfigMap reader uses it. */
function looseBoolean(): ValueType<boolean> {
  const good = [...TRUE_WORDS, ...FALSE_WORDS];
  return {
    ...boolean(),
    shape: { type: 'text', good, bad: ['', ' true', 'tRUE', 'yes', 'on', '2', 'tt'], forbidden: [] },
    parse: (text) => {
      if (good.includes(text)) return { ok: true, value: TRUE_WORDS.includes(text) };
      return refuse('invalid_value', boolean().range, 'e.g. true');
    },
  };
}

export const clusterConfigKeys = {
  podAutoscalerClass: describe(words(KPA_CLASS), {
    key: 'pod-autoscaler-class',
    default: KPA_CLASS,
    doc: 'Class of a Deployment without a class annotation.',
  }),
  containerConcurrencyTargetPercentage: describe(targetPercentage(), {
    key: 'container-concurrency-target-percentage',
    default: 70,
    doc: 'Part of the concurrency target that the autoscaler aims for.',
  }),
  containerConcurrencyTargetDefault: describe(decimal(TARGET_MIN, Number.POSITIVE_INFINITY, { unit: 'requests' }), {
    key: 'container-concurrency-target-default',
    default: 100,
    doc: 'Concurrency target of a pod without a container concurrency or target annotation.',
  }),
  requestsPerSecondTargetDefault: describe(decimal(TARGET_MIN, Number.POSITIVE_INFINITY, { unit: 'requests/s' }), {
    key: 'requests-per-second-target-default',
    default: 200,
    doc: 'Request rate target of a pod with metric `rps` and no target annotation.',
  }),
  targetBurstCapacity: describe(decimal(0, Number.POSITIVE_INFINITY, { also: [-1], unit: 'requests' }), {
    key: 'target-burst-capacity',
    default: 211,
    doc: 'Accepted for compatibility and without effect: the proxy is always in the path.',
  }),
  stableWindow: describe(duration('6s', '1h', { wholeSeconds: true }), {
    key: 'stable-window',
    default: 60_000,
    defaultText: '60s',
    doc: 'Window over which the metric is averaged.',
  }),
  panicWindowPercentage: describe(decimal(1, 100, { unit: '%' }), {
    key: 'panic-window-percentage',
    default: 10,
    doc: 'Panic window as a percentage of the stable window.',
  }),
  panicThresholdPercentage: describe(decimal(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, { unit: '%' }), {
    key: 'panic-threshold-percentage',
    default: 200,
    doc: 'Panic begins when the panic window wants this percentage of the ready pods.',
  }),
  maxScaleUpRate: describe(rate(), {
    key: 'max-scale-up-rate',
    default: 1000,
    doc: 'Largest growth of one decision, as a factor of the ready pods.',
  }),
  maxScaleDownRate: describe(rate(), {
    key: 'max-scale-down-rate',
    default: 2,
    doc: 'Largest shrinking of one decision, as a divisor of the ready pods.',
  }),
  enableScaleToZero: describe(looseBoolean(), {
    key: 'enable-scale-to-zero',
    default: true,
    doc: 'Whether Deployments may sleep at zero.',
  }),
  scaleToZeroPodRetentionPeriod: describe(duration('0s', LONGEST_DURATION), {
    key: 'scale-to-zero-pod-retention-period',
    default: 0,
    defaultText: '0s',
    doc: 'How long the last pod stays after the decision to go to zero.',
  }),
  scaleDownDelay: describe(duration('0s', LONGEST_DURATION, { wholeSeconds: true }), {
    key: 'scale-down-delay',
    default: 0,
    defaultText: '0s',
    doc: 'How long reduced demand must last before pods are removed.',
  }),
  minScale: describe(integer(0, MAX_INT32, 'pods'), {
    key: 'min-scale',
    default: 0,
    doc: 'Fewest pods of a Deployment without the annotation.',
  }),
  maxScale: describe(integer(0, MAX_INT32, 'pods'), {
    key: 'max-scale',
    default: 0,
    doc: 'Most pods of a Deployment without the annotation; 0 is no limit.',
  }),
  maxScaleLimit: describe(integer(0, MAX_INT32, 'pods'), {
    key: 'max-scale-limit',
    default: 0,
    doc: 'Largest max-scale an annotation may ask for; 0 is no limit.',
  }),
  initialScale: describe(integer(0, MAX_INT32, 'pods'), {
    key: 'initial-scale',
    default: 1,
    doc: 'Pods a new Deployment has to reach once before it is scaled.',
  }),
  allowZeroInitialScale: describe(looseBoolean(), {
    key: 'allow-zero-initial-scale',
    default: false,
    doc: 'Whether initial-scale may be 0.',
  }),
  activationScale: describe(integer(1, MAX_INT32, 'pods'), {
    key: 'activation-scale',
    default: 1,
    doc: 'Fewest pods on the way up from zero.',
  }),
  tickInterval: describe(duration('100ms', '1m'), {
    key: 'tick-interval',
    default: 2_000,
    defaultText: '2s',
    doc: 'Time between two decisions while nothing wakes.',
  }),
} as const satisfies Record<string, Descriptor<unknown>>;

type ConfigValues = { readonly [K in keyof typeof clusterConfigKeys]: ValueOf<(typeof clusterConfigKeys)[K]> };

/** Durations in ms, percentages as written (70 for 70 %). */
export interface ClusterConfig extends ConfigValues {
  /** Part of the rate target aimed for with metric `rps`, %; upstream has no key for it. */
  readonly targetUtilizationPercentage: number;
}

function defaults(): ClusterConfig {
  const entries = Object.entries(clusterConfigKeys).map(([name, descriptor]) => [name, descriptor.default]);
  return { ...(Object.fromEntries(entries) as ConfigValues), targetUtilizationPercentage: 70 };
}

export const defaultClusterConfig: ClusterConfig = defaults();
