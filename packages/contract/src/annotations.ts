/** Descriptors of every annotation Rouse reads on a Deployment: Knative's keys and its own. */
import { defaultClusterConfig, KPA_CLASS, TARGET_MIN } from './cluster-config.ts';
import { type AnyDescriptor, describe, type ValueType } from './descriptor.ts';
import { port, quietRule, route } from './network-values.ts';
import { decimal, duration, integer, MAX_INT32, size } from './number-values.ts';
import { boolean, choice, either, list, text, words } from './text-values.ts';

export const KNATIVE_PREFIX = 'autoscaling.knative.dev/';
export const ROUSE_PREFIX = 'rouse.dev/';

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * One of Knative's keys, with its camelCase alias (upstream's older spelling; keys newer than the change of spelling
 * have none) and, for some, a `rouse.dev` one.
 */
function knative<T, D>(
  name: string,
  value: ValueType<T>,
  about: { default: D; defaultText?: string; doc: string; rouseAlias?: boolean; noCamelCase?: true },
) {
  const aliases = camelCase(name) === name || about.noCamelCase ? [] : [KNATIVE_PREFIX + camelCase(name)];
  if (about.rouseAlias) aliases.push(ROUSE_PREFIX + name);
  return describe(value, { ...about, key: KNATIVE_PREFIX + name, aliases });
}

function rouse<T, D>(name: string, value: ValueType<T>, about: { default: D; defaultText?: string; doc: string }) {
  return describe(value, { ...about, key: ROUSE_PREFIX + name });
}

/** Any class but an unknown one of Knative's own domain, as upstream's `validateClass`. */
function autoscalerClass(): ValueType<string> {
  return text(
    `\`${KPA_CLASS}\`, \`hpa.autoscaling.knative.dev\`, or a class outside knative.dev`,
    (value) =>
      value.endsWith('.knative.dev') && value !== KPA_CLASS && value !== 'hpa.autoscaling.knative.dev' ? null : value,
    {
      good: [KPA_CLASS, 'hpa.autoscaling.knative.dev', 'some.other.domain'],
      bad: ['unsupported.knative.dev', '.knative.dev'],
    },
  );
}

const TRUE: ValueType<true> = {
  shape: { type: 'choice', values: ['true'] },
  unit: '',
  range: '`true`',
  parse: (value) =>
    value === 'true'
      ? { ok: true, value: true }
      : { ok: false, code: 'invalid_value', allowed: '`true`', fix: 'e.g. true' },
};

export const ALGORITHMS = ['linear', 'weighted-exponential', 'weightedExponential'] as const;

export const annotations = {
  class: knative('class', autoscalerClass(), {
    default: defaultClusterConfig.podAutoscalerClass,
    doc: 'Which autoscaler owns the Deployment. With any other than the default, Rouse leaves it alone and says so.',
  }),
  metric: knative('metric', choice('concurrency', 'rps'), {
    default: 'concurrency' as const,
    doc: 'What is counted per pod: requests at once, or requests per second.',
  }),
  target: knative('target', decimal(TARGET_MIN, Number.POSITIVE_INFINITY), {
    default: null,
    defaultText: '100 (`concurrency`), 200 (`rps`)',
    doc: 'How much of the metric one pod should get. Never above `rouse.dev/container-concurrency` where that is set.',
  }),
  targetUtilizationPercentage: knative('target-utilization-percentage', decimal(1, 100, { unit: '%' }), {
    default: null,
    defaultText: '70',
    doc: 'Part of the target the autoscaler aims for, as headroom for growth.',
  }),
  minScale: knative('min-scale', integer(0, MAX_INT32, 'pods'), {
    default: defaultClusterConfig.minScale,
    doc: 'Fewest pods; above 0 the Deployment never sleeps.',
    rouseAlias: true,
  }),
  maxScale: knative('max-scale', integer(0, MAX_INT32, 'pods'), {
    default: defaultClusterConfig.maxScale,
    doc: 'Most pods; 0 is no limit.',
    rouseAlias: true,
  }),
  initialScale: knative('initial-scale', integer(0, MAX_INT32, 'pods'), {
    default: defaultClusterConfig.initialScale,
    doc: 'Pods a new Deployment has to reach once before it is scaled; 0 only where the cluster allows it.',
  }),
  activationScale: knative('activation-scale', integer(2, MAX_INT32, 'pods'), {
    default: defaultClusterConfig.activationScale,
    doc: 'Fewest pods on the way up from zero; between min-scale and max-scale.',
    noCamelCase: true,
  }),
  scaleDownDelay: knative('scale-down-delay', duration('0s', '1h', { wholeSeconds: true }), {
    default: defaultClusterConfig.scaleDownDelay,
    defaultText: '0s',
    doc: 'How long reduced demand must last before pods are removed.',
  }),
  scaleToZeroPodRetentionPeriod: knative('scale-to-zero-pod-retention-period', duration('0s', '1h'), {
    default: defaultClusterConfig.scaleToZeroPodRetentionPeriod,
    defaultText: '0s',
    doc: 'How long the last pod stays after the decision to go to zero.',
  }),
  window: knative('window', duration('6s', '1h', { wholeSeconds: true }), {
    default: defaultClusterConfig.stableWindow,
    defaultText: '60s',
    doc: 'Time over which the metric is averaged, and how long a Deployment must be idle before it sleeps.',
  }),
  panicWindowPercentage: knative('panic-window-percentage', decimal(1, 100, { unit: '%' }), {
    default: defaultClusterConfig.panicWindowPercentage,
    doc: 'Panic window as a percentage of the window.',
  }),
  panicThresholdPercentage: knative('panic-threshold-percentage', decimal(110, 1000, { unit: '%' }), {
    default: defaultClusterConfig.panicThresholdPercentage,
    doc: 'Panic begins when the panic window wants this percentage of the ready pods.',
  }),
  metricAggregationAlgorithm: knative('metric-aggregation-algorithm', choice(...ALGORITHMS), {
    default: 'linear' as const,
    doc: 'How the samples of the window are averaged: all alike, or newer ones more.',
  }),
  targetBurstCapacity: knative(
    'target-burst-capacity',
    decimal(0, Number.POSITIVE_INFINITY, { also: [-1], unit: 'requests' }),
    {
      default: defaultClusterConfig.targetBurstCapacity,
      doc: 'Accepted and without effect, with a notice: the proxy is always in the path.',
    },
  ),
  enabled: rouse('enabled', boolean(), {
    default: null,
    doc: "`true`: Rouse manages this Deployment; `false`: never. Without it, any of Knative's keys adopts it once the proxy has carried a request for it.",
  }),
  routes: rouse('routes', list(route()), {
    default: [] as readonly string[],
    defaultText: 'none',
    doc: 'Extra hosts, optionally with a path prefix, that lead to this Deployment.',
  }),
  port: rouse('port', port(), {
    default: null,
    defaultText: "the Service's targetPort, else the first containerPort",
    doc: 'Container port that gets the requests, by number or name.',
  }),
  containerConcurrency: rouse('container-concurrency', integer(0, 1_000_000, 'requests'), {
    default: 0,
    doc: 'Most requests one pod gets at once; 0 is no limit. The effective target is never above it.',
  }),
  wakeTimeout: rouse('wake-timeout', duration('1ms', '24h'), {
    default: 300_000,
    defaultText: '300s',
    doc: 'Longest a request is held for want of a pod; then it gets 504.',
  }),
  responseTimeout: rouse('response-timeout', duration('1ms', '24h'), {
    default: 300_000,
    defaultText: '300s',
    doc: 'Longest wait for the first byte of the final response, from the moment a pod has the request; not for upgrades.',
  }),
  requestTimeout: rouse('request-timeout', duration('0s', '24h'), {
    default: 0,
    defaultText: '0',
    doc: 'Longest a whole exchange may take; 0 is off.',
  }),
  idleTimeout: rouse('idle-timeout', duration('0s', '24h'), {
    default: 0,
    defaultText: '0',
    doc: 'Longest silence in both directions once the response has begun; 0 is off.',
  }),
  queueLimit: rouse('queue-limit', integer(1, 1_000_000, 'requests'), {
    default: 10_000,
    doc: 'Most requests held in one proxy for this Deployment; more get 503.',
  }),
  maxBody: rouse('max-body', size(0, 1024 * 2 ** 30), {
    default: 0,
    doc: 'Largest request body, as its data without chunk framing; a larger one gets 413. 0 is no limit.',
  }),
  drainTimeout: rouse('drain-timeout', duration('0s', '24h'), {
    default: 300_000,
    defaultText: '5m',
    doc: 'Longest a pod chosen to go may keep finishing its requests.',
  }),
  quiet: rouse('quiet', list(quietRule()), {
    default: [] as readonly never[],
    defaultText: 'none',
    doc: 'Requests that neither wake the Deployment nor count as demand, by exact path or by the start of the User-Agent.',
  }),
  quietStatus: rouse('quiet-status', integer(100, 599), {
    default: 503,
    doc: 'Status that quiet requests get while the Deployment sleeps.',
  }),
  failFast: rouse('fail-fast', choice('unschedulable'), {
    default: null,
    doc: '`unschedulable`: pods that no node can take fail held requests at once, instead of waiting for a node autoscaler.',
  }),
  devCommand: rouse('dev-command', words('node server.js'), {
    default: null,
    doc: 'Command that `rouse dev` runs where the manifest has none; ignored on a cluster.',
  }),
  waitingPage: rouse('waiting-page', choice('on', 'off'), {
    default: 'off' as const,
    doc: '`on`: a browser that opens a page of a waking Deployment gets one at once, with status 503, that reloads itself until the app answers; where no pod can start it says why. Requests of scripts wait.',
  }),
  paused: rouse('paused', either(TRUE, integer(0, MAX_INT32, 'pods')), {
    default: null,
    doc: '`true` leaves the replicas as they are; a number holds that many.',
  }),
} as const;

/** Every descriptor, in the order of the reference page. */
export const annotationList: readonly AnyDescriptor[] = Object.values(annotations);

/** Keys of `rouse.dev/` with a meaning that this version lacks: refused, never silently accepted. */
export const RESERVED_KEYS: readonly string[] = ['metrics', 'behavior', 'schedule', 'depends-on', 'protocol'].map(
  (name) => ROUSE_PREFIX + name,
);

/** Every key and alias that is read. */
export const knownAnnotationKeys: ReadonlySet<string> = new Set(
  annotationList.flatMap((descriptor) => [descriptor.key, ...descriptor.aliases]),
);
