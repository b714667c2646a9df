/** The target per pod that follows from annotations, container concurrency and the cluster's defaults. */
import { type ClusterConfig, TARGET_MIN } from './cluster-config.ts';
import type { Settings } from './settings.ts';

/** The settings a target follows from. */
export interface TargetSettings extends Pick<Settings, 'metric' | 'target' | 'utilizationPercentage'> {
  readonly limits: Pick<Settings['limits'], 'containerConcurrency'>;
}

export interface MetricTarget {
  /** What the autoscaler aims for per pod, utilization included; at least 0.01. */
  readonly target: number;
  /** The most one pod should get. */
  readonly total: number;
}

/** Upstream's `ResolveMetricTarget`: a concurrency target is never above the container concurrency. */
export function resolveTarget(settings: TargetSettings, config: ClusterConfig): MetricTarget {
  const { containerConcurrency } = settings.limits;
  const rps = settings.metric === 'rps';
  const fallback = rps
    ? config.requestsPerSecondTargetDefault
    : containerConcurrency || config.containerConcurrencyTargetDefault;
  const annotated = settings.target ?? fallback;
  const total = !rps && containerConcurrency !== 0 ? Math.min(annotated, containerConcurrency) : annotated;
  const percentage =
    settings.utilizationPercentage ??
    (rps ? config.targetUtilizationPercentage : config.containerConcurrencyTargetPercentage);
  return { target: Math.max(TARGET_MIN, total * (percentage / 100)), total };
}
