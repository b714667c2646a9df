/** Knative's validation of its autoscaling annotations: the order, ranges and relations of its `ValidateAnnotations`. */
import { AnnotationReader, type AnnotationSource } from './annotation-reader.ts';
import { ALGORITHMS, annotations } from './annotations.ts';
import { type ClusterConfig, defaultClusterConfig, HPA_CLASS, KPA_CLASS, TARGET_MIN } from './cluster-config.ts';
import { refuse } from './descriptor.ts';
import { parseGoFloat } from './go-float.ts';
import { MAX_INT32, parseInteger } from './number-values.ts';
import type { UpstreamError } from './problem.ts';

/** Knative's annotations as written; undefined where absent or refused: the cluster's default applies. */
export interface KnativeValues {
  readonly class: string;
  readonly metric: 'concurrency' | 'rps';
  readonly target: number | undefined;
  readonly targetUtilizationPercentage: number | undefined;
  readonly minScale: number | undefined;
  readonly maxScale: number | undefined;
  readonly initialScale: number | undefined;
  readonly activationScale: number | undefined;
  readonly windowMs: number | undefined;
  readonly retentionMs: number | undefined;
  readonly scaleDownDelayMs: number | undefined;
  readonly panicWindowPercentage: number | undefined;
  readonly panicThresholdPercentage: number | undefined;
  readonly algorithm: 'linear' | 'weighted-exponential';
}

function checkMinMax(reader: AnnotationReader, minScale: number, maxScale: number, limit: number): void {
  const max = reader.find(annotations.maxScale);
  if (maxScale !== 0 && maxScale < minScale && max !== undefined) {
    reader.error(
      max,
      `0 (no limit) or at least min-scale (${minScale})`,
      `Raise ${max.key} to ${minScale} or lower min-scale to ${maxScale}.`,
      {
        code: 'max_less_than_min',
        message: `max-scale=${maxScale} is less than min-scale=${minScale}`,
        paths: [annotations.maxScale.key, annotations.minScale.key],
      },
    );
  }
  if (max === undefined || limit === 0) return;
  const allowed = `an integer from 1 to ${limit} (the cluster's max-scale-limit)`;
  if (maxScale > limit) {
    reader.error(max, allowed, `Set ${max.key} to at most ${limit}.`, {
      code: 'out_of_bounds',
      message: `expected 1 <= ${maxScale} <= ${limit}`,
      paths: [max.key],
      lower: 1,
      upper: limit,
    });
  } else if (maxScale === 0) {
    reader.error(max, allowed, `Set ${max.key} to at most ${limit}: the cluster does not allow unlimited pods.`, {
      code: 'max_scale_unlimited_disallowed',
      message: `max-scale=0 (unlimited), must be less than ${limit}`,
      paths: [max.key],
    });
  }
}

/** Upstream compares with the annotations only, never with the cluster's defaults, and reports one fault at most. */
function readActivationScale(reader: AnnotationReader, minScale: number, maxScale: number): number | undefined {
  const found = reader.find(annotations.activationScale);
  if (found === undefined) return undefined;
  const { range } = annotations.activationScale;
  const value = parseInteger(found.value);
  if (value === null || value > MAX_INT32 || value < -MAX_INT32 - 1) {
    reader.refused(found, refuse('invalid_value', range, 'e.g. 2'));
    return undefined;
  }
  const relation = (code: string, message: string, allowed: string, fix: string) =>
    reader.error(found, allowed, fix, { code, message, paths: [found.key] });
  if (minScale > value) {
    relation(
      'min_greater_than_activation',
      `min-scale=${minScale} is greater than activation-scale=${value}`,
      `at least min-scale (${minScale}), and at least 2`,
      `Set ${found.key} to at least ${Math.max(2, minScale)} or lower min-scale.`,
    );
  } else if (maxScale < value && maxScale !== 0) {
    relation(
      'max_less_than_activation',
      `max-scale=${maxScale} is less than activation-scale=${value}`,
      `at most max-scale (${maxScale})`,
      `Set ${found.key} to at most ${maxScale} or raise max-scale.`,
    );
  } else if (value < 2) {
    relation(
      'activation_scale_too_small',
      `activation-scale=${value} must be greater than 1`,
      range,
      `Remove ${found.key} (1 is the default) or set it to at least 2.`,
    );
  } else {
    return value;
  }
  return undefined;
}

function readTarget(reader: AnnotationReader): number | undefined {
  const found = reader.find(annotations.target);
  if (found === undefined) return undefined;
  const parsed = annotations.target.parse(found.value);
  if (parsed.ok) return parsed.value;
  if (parseGoFloat(found.value) === null) reader.refused(found, parsed);
  else {
    const message = `target ${found.value} should be at least ${TARGET_MIN}`;
    reader.refused(found, parsed, { code: 'target_too_small', message, paths: [found.key] });
  }
  return undefined;
}

/** Upstream calls everything outside an invalid value, not one out of bounds; valid ones have no effect here. */
function checkTargetBurstCapacity(reader: AnnotationReader): void {
  const found = reader.find(annotations.targetBurstCapacity);
  if (found === undefined) return;
  const parsed = annotations.targetBurstCapacity.parse(found.value);
  if (!parsed.ok) reader.refused(found, refuse('invalid_value', parsed.allowed, parsed.fix));
  else reader.notice(found, 'any value; it has no effect', `Remove ${found.key}: the proxy is always in the path.`);
}

function readMetric(reader: AnnotationReader, className: string): 'concurrency' | 'rps' {
  const found = reader.find(annotations.metric);
  if (found === undefined || (className !== KPA_CLASS && className !== HPA_CLASS)) return 'concurrency';
  if (className === HPA_CLASS) {
    if (found.value === '') reader.refused(found, refuse('invalid_value', 'a metric, not empty', 'e.g. cpu'));
    return 'concurrency';
  }
  return reader.read(annotations.metric) ?? 'concurrency';
}

/** Upstream checks the name only where the class is written out, and else silently averages linearly; here that is told. */
function readAlgorithm(reader: AnnotationReader, writtenClass: string | undefined): 'linear' | 'weighted-exponential' {
  const found = reader.find(annotations.metricAggregationAlgorithm);
  if (found === undefined || found.value === '') return 'linear';
  const parsed = annotations.metricAggregationAlgorithm.parse(found.value);
  if (parsed.ok) return parsed.value === 'linear' ? 'linear' : 'weighted-exponential';
  if (writtenClass === KPA_CLASS) reader.refused(found, parsed);
  else
    reader.notice(
      found,
      parsed.allowed,
      `Set ${found.key} to ${ALGORITHMS[0]}, which is used now, or ${ALGORITHMS[1]}.`,
    );
  return 'linear';
}

/** Whether an integer fits Go's int. */
function fitsInt64(text: string): boolean {
  const value = BigInt(text.replace(/^\+/, ''));
  return value === BigInt.asIntN(64, value);
}

/** Upstream checks this one as a 64-bit number and reads it as a 32-bit one: in between, the cluster's default applies. */
function readInitialScale(reader: AnnotationReader, allowZero: boolean): number | undefined {
  const found = reader.find(annotations.initialScale);
  if (found === undefined) return undefined;
  const least = allowZero ? 0 : 1;
  const refused = refuse('invalid_value', `an integer from ${least} to ${MAX_INT32}`, `e.g. ${least}`);
  const value = parseInteger(found.value);
  if (value === null || !fitsInt64(found.value)) {
    reader.refused(found, refused);
  } else if (value > MAX_INT32) {
    reader.notice(
      found,
      `${refused.allowed}; beyond it the cluster's default applies`,
      `Set ${found.key} to the number of pods meant.`,
    );
  } else if (value < 0) {
    reader.refused(found, refused, {
      code: 'initial_scale_negative',
      message: `invalid value: ${found.value}`,
      paths: [`${found.key} must be greater than 0`],
    });
  } else if (value === 0 && !allowZero) {
    reader.refused(found, refused, {
      code: 'initial_scale_zero_disallowed',
      message: `invalid value: ${found.value}`,
      paths: [`${found.key}=0 not allowed by cluster`],
    });
  } else {
    return value;
  }
  return undefined;
}

/** Reads and checks Knative's annotations in upstream's order; faults are added to the reader. */
export function readKnative(reader: AnnotationReader, config: ClusterConfig): KnativeValues {
  const writtenClass = reader.find(annotations.class)?.value;
  reader.read(annotations.class);
  const className = writtenClass ?? config.podAutoscalerClass;
  const minScale = reader.read(annotations.minScale);
  const maxScale = reader.read(annotations.maxScale);
  // As upstream, a refused bound counts as 0 in the relations.
  checkMinMax(reader, minScale ?? 0, maxScale ?? 0, config.maxScaleLimit);
  const activationScale = readActivationScale(reader, minScale ?? 0, maxScale ?? 0);
  const panicWindowPercentage = reader.read(annotations.panicWindowPercentage);
  const panicThresholdPercentage = reader.read(annotations.panicThresholdPercentage);
  const target = readTarget(reader);
  const targetUtilizationPercentage = reader.read(annotations.targetUtilizationPercentage);
  checkTargetBurstCapacity(reader);
  const windowMs = reader.read(annotations.window);
  const retentionMs = reader.read(annotations.scaleToZeroPodRetentionPeriod);
  const scaleDownDelayMs = reader.read(annotations.scaleDownDelay);
  const metric = readMetric(reader, className);
  const algorithm = readAlgorithm(reader, writtenClass);
  const initialScale = readInitialScale(reader, config.allowZeroInitialScale);
  return {
    class: className,
    metric,
    target,
    targetUtilizationPercentage,
    minScale,
    maxScale,
    initialScale,
    activationScale,
    windowMs,
    retentionMs,
    scaleDownDelayMs,
    panicWindowPercentage,
    panicThresholdPercentage,
    algorithm,
  };
}

/**
 * What Knative's `ValidateAnnotations` would answer: errors with equal messages are merged, their paths sorted.
 * Differs from it in refusing NaN.
 */
export function validateAnnotations(
  source: AnnotationSource,
  config: ClusterConfig = defaultClusterConfig,
): readonly UpstreamError[] {
  const reader = new AnnotationReader(source);
  readKnative(reader, config);
  const merged = new Map<string, UpstreamError>();
  for (const { upstream } of reader.problems) {
    if (upstream === undefined) continue;
    const known = merged.get(upstream.message);
    const paths = [...new Set([...(known?.paths ?? []), ...upstream.paths])].sort();
    merged.set(upstream.message, { ...(known ?? upstream), paths });
  }
  return [...merged.values()];
}
