/** From a workload's parsed settings and the cluster's defaults to the figures the rules work with. */
import { type ClusterConfig, resolveTarget, type Settings } from '@rouse/contract';
import { initialScale, panicWindowMs, type ScaleSettings } from './scale-settings.ts';

/** Most pods one write may add while waking, unless `--max-wake-step` says otherwise. */
export const DEFAULT_MAX_WAKE_STEP = 100;

/** @param maxWakeStep `--max-wake-step`, >= 1 */
export function resolveScaleSettings(
  settings: Settings,
  config: ClusterConfig,
  maxWakeStep: number = DEFAULT_MAX_WAKE_STEP,
): ScaleSettings {
  return {
    metric: settings.metric,
    target: resolveTarget(settings, config).target,
    averaging: settings.algorithm,
    windowMs: settings.windowMs,
    panicWindowMs: panicWindowMs(settings.windowMs, settings.panicWindowPercentage),
    panicThreshold: settings.panicThresholdPercentage / 100,
    minScale: settings.minScale,
    maxScale: settings.maxScale,
    maxScaleLimit: config.maxScaleLimit,
    initialScale: initialScale(settings.initialScale, config.allowZeroInitialScale, config.initialScale),
    activationScale: settings.activationScale,
    scaleDownDelayMs: settings.scaleDownDelayMs,
    retentionMs: settings.retentionMs,
    maxScaleUpRate: config.maxScaleUpRate,
    maxScaleDownRate: config.maxScaleDownRate,
    enableScaleToZero: config.enableScaleToZero,
    maxWakeStep,
    paused: settings.paused === true ? 'hold' : settings.paused,
  };
}
