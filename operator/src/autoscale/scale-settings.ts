/** What the autoscaler needs of a workload's settings, resolved: annotation over cluster default, durations in ms, percentages as factors. */
import type { Averaging } from './ring-window.ts';

export interface ScaleSettings {
  readonly metric: 'concurrency' | 'rps';
  /** Metric per pod to aim at, utilization included; > 0. */
  readonly target: number;
  readonly averaging: Averaging;
  /** Stable window, 6000–3600000. */
  readonly windowMs: number;
  readonly panicWindowMs: number;
  /** Panic starts when the panic window wants this many times the ready pods, e.g. 2. */
  readonly panicThreshold: number;
  readonly minScale: number;
  /** 0 = no limit. */
  readonly maxScale: number;
  /** Cluster-wide ceiling; 0 = none. */
  readonly maxScaleLimit: number;
  readonly initialScale: number;
  readonly activationScale: number;
  readonly scaleDownDelayMs: number;
  /** How long one last pod stays after the decision to sleep. */
  readonly retentionMs: number;
  /** Most pods, as a multiple of the ready ones, one decision may ask for; > 1. */
  readonly maxScaleUpRate: number;
  /** Fewest pods, as a fraction 1/rate of the ready ones, one decision may ask for; > 1. */
  readonly maxScaleDownRate: number;
  readonly enableScaleToZero: boolean;
  /** Most pods one write may add while waking; >= 1. */
  readonly maxWakeStep: number;
  /** `hold`: leave replicas as they are; a number: keep that many; null: not paused. */
  readonly paused: 'hold' | number | null;
}

/** The part of {@link ScaleSettings} that has a default without any annotation or ConfigMap, as in Knative. */
export const DEFAULT_SCALE_SETTINGS: ScaleSettings = {
  metric: 'concurrency',
  target: 70,
  averaging: 'linear',
  windowMs: 60_000,
  panicWindowMs: 6_000,
  panicThreshold: 2,
  minScale: 0,
  maxScale: 0,
  maxScaleLimit: 0,
  initialScale: 1,
  activationScale: 1,
  scaleDownDelayMs: 0,
  retentionMs: 0,
  maxScaleUpRate: 1000,
  maxScaleDownRate: 2,
  enableScaleToZero: true,
  maxWakeStep: 100,
  paused: null,
};

/** Granularity of the metric windows. */
export const BUCKET_MS = 1_000;
/** How often the autoscaler decides without being asked; also the granularity of scale-down-delay. */
export const TICK_MS = 2_000;

/**
 * Panic window: a percentage of the stable one, to the nearest second (half up), at least one bucket, as in Knative's
 * MakeMetric.
 */
export function panicWindowMs(windowMs: number, percentage: number): number {
  const exactMs = (windowMs * percentage) / 100;
  return Math.max(BUCKET_MS, Math.floor(exactMs / BUCKET_MS + 0.5) * BUCKET_MS);
}

/** The workload's own initial scale where it may be used: 0 needs the cluster's leave. `own` null = not annotated. */
export function initialScale(own: number | null, allowZero: boolean, clusterDefault: number): number {
  return own === null || (own === 0 && !allowZero) ? clusterDefault : own;
}
