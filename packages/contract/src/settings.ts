/** The typed settings of one Deployment, read from its annotations and the cluster's defaults. */
import { AnnotationReader, type AnnotationSource, annotationMap } from './annotation-reader.ts';
import { annotations, KNATIVE_PREFIX, knownAnnotationKeys, RESERVED_KEYS, ROUSE_PREFIX } from './annotations.ts';
import { type ClusterConfig, defaultClusterConfig, KPA_CLASS } from './cluster-config.ts';
import type { Descriptor } from './descriptor.ts';
import { combineAnnotations, type InferenceOwner } from './inference-settings.ts';
import { readKnative } from './knative-rules.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import type { QuietRule, WorkloadLimits } from './wire.ts';

export interface Settings {
  /** Any other than `KPA_CLASS`: another autoscaler owns the Deployment. */
  readonly class: string;
  readonly metric: 'concurrency' | 'rps';
  /** As annotated; null = the cluster's default for the metric. See `resolveTarget`. */
  readonly target: number | null;
  /** 1–100 as annotated; null = the cluster's default for the metric. See `resolveTarget`. */
  readonly utilizationPercentage: number | null;
  readonly minScale: number;
  /** 0 = no limit. */
  readonly maxScale: number;
  readonly initialScale: number;
  readonly activationScale: number;
  readonly scaleDownDelayMs: number;
  readonly retentionMs: number;
  readonly windowMs: number;
  readonly panicWindowPercentage: number;
  readonly panicThresholdPercentage: number;
  readonly algorithm: 'linear' | 'weighted-exponential';
  readonly routes: readonly string[];
  /** Container port by number or name; null = found from Service and Pod. */
  readonly port: number | string | null;
  readonly limits: WorkloadLimits;
  readonly quiet: readonly QuietRule[];
  readonly quietStatus: number;
  readonly waitingPage: boolean;
  readonly failFastUnschedulable: boolean;
  readonly devCommand: string | null;
  /** true = leave the replicas as they are; a number = hold that many; null = not paused. */
  readonly paused: true | number | null;
  /** The annotation `rouse.dev/enabled`; null = absent. */
  readonly enabled: boolean | null;
}

export interface SettingsResult {
  readonly settings: Settings;
  /** With one of severity `error`, keep the last good settings instead of these. */
  readonly problems: readonly Problem[];
}

function checkUnknownKeys(reader: AnnotationReader): void {
  for (const key of reader.keys()) {
    const found = reader.at(key);
    if (found === undefined || knownAnnotationKeys.has(key)) continue;
    if (RESERVED_KEYS.includes(key)) {
      reader.error(found, 'not in this version', `Remove ${found.key}: its behaviour is reserved for a later version.`);
    } else if (key.startsWith(ROUSE_PREFIX)) {
      const guess = nearestKey(key, ROUSE_PREFIX);
      reader.error(
        found,
        'a known rouse.dev/ annotation',
        guess === null ? `Remove ${found.key}: there is no such annotation.` : `Write ${guess} instead, or remove it.`,
      );
    } else if (key.startsWith(KNATIVE_PREFIX)) {
      // Knative ignores unknown keys of its group; only a likely slip of the pen is worth a word.
      const guess = nearestKey(key, KNATIVE_PREFIX);
      if (guess !== null && key.length - KNATIVE_PREFIX.length > 3) {
        reader.notice(found, 'a known annotation; this one has no effect', `Write ${guess} instead, or remove it.`);
      }
    }
  }
}

/** The known key of this group that `key` was probably meant to be. The prefix is long, so nearness is judged on the names alone. */
function nearestKey(key: string, prefix: string): string | null {
  const names = [...knownAnnotationKeys].filter((known) => known.startsWith(prefix));
  const name = nearest(
    key.slice(prefix.length),
    names.map((known) => known.slice(prefix.length)),
  );
  return name === null ? null : `${prefix}${name}`;
}

function noticeForeignClass(reader: AnnotationReader, className: string): void {
  if (className === KPA_CLASS) return;
  const found = reader.find(annotations.class) ?? { key: annotations.class.key, value: className };
  reader.notice(
    found,
    `\`${KPA_CLASS}\` for Rouse to scale it`,
    `Remove ${found.key} if Rouse should scale this Deployment; now another autoscaler owns it and Rouse leaves it alone.`,
  );
}

/**
 * Reads every annotation of a Deployment, and what the InferenceService that owns it says where `owner` is given.
 * Nothing is silently replaced: each refused value gives a problem, and stands at its default in `settings` only so
 * that those are whole; a caller that finds a problem of severity `error` keeps the last good settings.
 */
export function parseSettings(
  source: AnnotationSource,
  config: ClusterConfig = defaultClusterConfig,
  owner: InferenceOwner | null = null,
): SettingsResult {
  const combined = owner === null ? null : combineAnnotations(annotationMap(source), owner);
  const reader = new AnnotationReader(combined?.values ?? source, combined?.writtenAs);
  const knative = readKnative(reader, config);
  noticeForeignClass(reader, knative.class);
  const read = <T, D>(descriptor: Descriptor<T, D>): T | D => reader.read(descriptor) ?? descriptor.default;
  const settings: Settings = {
    class: knative.class,
    metric: knative.metric,
    target: knative.target ?? null,
    utilizationPercentage: knative.targetUtilizationPercentage ?? null,
    minScale: knative.minScale ?? config.minScale,
    maxScale: knative.maxScale ?? config.maxScale,
    initialScale: knative.initialScale ?? config.initialScale,
    activationScale: knative.activationScale ?? config.activationScale,
    scaleDownDelayMs: knative.scaleDownDelayMs ?? config.scaleDownDelay,
    retentionMs: knative.retentionMs ?? config.scaleToZeroPodRetentionPeriod,
    windowMs: knative.windowMs ?? config.stableWindow,
    panicWindowPercentage: knative.panicWindowPercentage ?? config.panicWindowPercentage,
    panicThresholdPercentage: knative.panicThresholdPercentage ?? config.panicThresholdPercentage,
    algorithm: knative.algorithm,
    enabled: read(annotations.enabled),
    routes: read(annotations.routes),
    port: read(annotations.port),
    limits: {
      containerConcurrency: read(annotations.containerConcurrency),
      wakeTimeoutMs: read(annotations.wakeTimeout),
      responseTimeoutMs: read(annotations.responseTimeout),
      requestTimeoutMs: read(annotations.requestTimeout),
      idleTimeoutMs: read(annotations.idleTimeout),
      queueLimit: read(annotations.queueLimit),
      maxBodyBytes: read(annotations.maxBody),
      drainTimeoutMs: read(annotations.drainTimeout),
    },
    quiet: read(annotations.quiet),
    quietStatus: read(annotations.quietStatus),
    failFastUnschedulable: read(annotations.failFast) === 'unschedulable',
    devCommand: read(annotations.devCommand),
    waitingPage: read(annotations.waitingPage) === 'on',
    paused: read(annotations.paused),
  };
  checkUnknownKeys(reader);
  return { settings, problems: [...(combined?.problems ?? []), ...reader.problems] };
}
