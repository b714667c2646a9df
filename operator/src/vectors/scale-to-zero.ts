/**
 * Section `scale_to_zero`: Knative's scaler, read as Rouse's decision to sleep and its handshake. Compared are the
 * scale and whether replicas are patched; requeues and probes are Knative's own mechanics.
 *
 * - `active` for t: the last request ended t ago; a decision for zero begins the handshake, so nothing is patched yet.
 * - `inactive` for t: the decision for zero was made t ago; the patch comes when the proxies confirm, which is what the
 *   activator probe asks. While retention keeps the last pod upstream says 0 and leaves the pod.
 * - `activating`: waking. Upstream's -1 is a count left alone.
 */
import { parseGoDuration } from '@rouse/contract';
import { foldRules } from '../autoscale/fold.ts';
import { type IdleState, idleState } from '../autoscale/idle.ts';
import { initialMemory } from '../autoscale/rule-memory.ts';
import { wake } from '../autoscale/rules/wake.ts';
import { boundRules, sleepRules } from '../autoscale/rules.ts';
import { DEFAULT_SCALE_SETTINGS, initialScale, type ScaleSettings } from '../autoscale/scale-settings.ts';
import { handshake } from '../sleep/handshake.ts';
import { OPEN } from '../sleep/handshake-state.ts';
import { type JsonObject, numberOf, numberOrNull, objectOf, textOf } from './json-value.ts';
import { zeroDifference } from './scale-to-zero-differences.ts';
import { compareFields, type Section } from './section.ts';
import { NOT_IDLE, vectorContext } from './vector-context.ts';

interface Answered {
  readonly returned_scale: number;
  readonly replicas_patched: boolean;
}

const UNKNOWN: Answered = { returned_scale: -1, replicas_patched: false };
const NOW_MS = 1_000_000_000;

/** A number, or seconds, by any of the names upstream's annotation goes by; null when absent. */
function annotated(annotations: JsonObject, ...names: readonly string[]): number | null {
  for (const [key, value] of Object.entries(annotations)) {
    const name = key
      .slice(key.lastIndexOf('/') + 1)
      .replaceAll('_', '-')
      .replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (!names.includes(name.endsWith('-s') ? name.slice(0, -2) : name)) continue;
    const text = String(value);
    const durationNs = /[a-z]$/.test(text) ? parseGoDuration(text) : null;
    return durationNs === null ? Number.parseFloat(text) : Number(durationNs) / 1e9;
  }
  return null;
}

function settingsOf(config: JsonObject, annotations: JsonObject): ScaleSettings {
  const clusterInitial = numberOf(config.cluster_initial_scale, 1);
  const own = annotated(annotations, 'initial-scale');
  return {
    ...DEFAULT_SCALE_SETTINGS,
    windowMs: 1000 * (annotated(annotations, 'window') ?? numberOf(config.stable_window_s, 60)),
    retentionMs:
      1000 *
      (annotated(annotations, 'retention', 'scale-to-zero-pod-retention-period') ??
        numberOf(config.pod_retention_s, 0)),
    minScale: annotated(annotations, 'min-scale') ?? numberOf(config.cluster_min_scale, 0),
    maxScale: annotated(annotations, 'max-scale') ?? numberOf(config.cluster_max_scale, 0),
    initialScale: initialScale(numberOrNull(own), config.allow_zero_initial_scale === true, clusterInitial),
    enableScaleToZero: config.enable_scale_to_zero !== false,
  };
}

function idleOf(
  status: string,
  forMs: number,
  replicas: number,
  reachable: boolean,
  settings: ScaleSettings,
): IdleState {
  const awakeMs = status === 'inactive' ? forMs + settings.windowMs : forMs;
  const sinceMs = status === 'activating' ? NOW_MS : NOW_MS - awakeMs;
  const facts = { sinceMs, demand: 0, replicas, unknownMembers: 0, reachable, warmAtMs: Number.NEGATIVE_INFINITY };
  return idleState(NOW_MS, facts, settings);
}

/** Runs the handshake to zero with one proxy that either confirms or does not, and tells whether it patched. */
function patchesToZero(replicas: number, confirms: boolean): boolean {
  const plan = { kind: 'zero', seen: replicas, to: 0, victims: ['pod'], drainTimeoutMs: 60_000, costs: false } as const;
  let step = handshake(OPEN, { type: 'begin', plan, members: [{ id: 'proxy', instance: null }] }, NOW_MS);
  for (const [index, phase] of (['armed', 'closed'] as const).entries()) {
    const sent = { type: 'pushed', member: 'proxy', generation: index, phase, sentAtMs: NOW_MS } as const;
    step = handshake(step.state, sent, NOW_MS);
    if (!confirms) continue;
    const pods = [{ uid: 'pod', phase, inFlight: 0, revoked: false, usable: true }];
    const report = { type: 'report', member: 'proxy', instance: 'one', generation: index, held: 0, pods } as const;
    step = handshake(step.state, report, NOW_MS);
  }
  return step.effects.some((effect) => effect.type === 'patch');
}

const burstCapacityOf = (config: JsonObject, annotations: JsonObject): unknown =>
  annotated(annotations, 'target-burst-capacity', 'tbc') ?? config.tbc;

/** Whether Knative would find its activator in the path: with target-burst-capacity -1 it always is, and not asked. */
function activatorInPath(inputs: JsonObject, config: JsonObject): boolean {
  return inputs.activator_probe === 'activator' || burstCapacityOf(config, objectOf(inputs.annotations)) === -1;
}

function answer(inputs: JsonObject, config: JsonObject): { readonly answered: Answered; readonly wantsZero: boolean } {
  const annotations = objectOf(inputs.annotations);
  const want = numberOf(inputs.autoscaler_want, 0);
  const replicas = numberOf(inputs.current_replicas, 0);
  const status = textOf(inputs.active_status, 'active');
  const waking = status === 'activating';
  // No decision yet: Rouse writes nothing.
  if (want < 0 && !waking) return { answered: UNKNOWN, wantsZero: false };
  const settings = settingsOf(config, annotations);
  const reachable = inputs.reachability !== 'Unreachable';
  // A want above zero comes from load.
  const idle =
    want > 0 ? NOT_IDLE : idleOf(status, numberOf(inputs.in_status_for_s, 0) * 1000, replicas, reachable, settings);
  const context = vectorContext(settings, initialMemory(NOW_MS, settings, 0), {
    nowMs: NOW_MS,
    replicas,
    readyPods: waking ? 0 : replicas,
    waking,
    reachable,
    idle,
    everReady: inputs.scale_target_initialized === true,
  });
  const { n } = foldRules([wake, ...sleepRules, ...boundRules], context, Math.max(0, want));
  const wantsZero = foldRules(boundRules, context, Math.max(0, want)).n === 0 && settings.enableScaleToZero;
  if (waking && wantsZero && n === replicas) return { answered: UNKNOWN, wantsZero };
  if (n > 0) {
    const retained = want === 0 && wantsZero && idle.due;
    return { answered: { returned_scale: retained ? 0 : n, replicas_patched: n !== replicas }, wantsZero };
  }
  const patched = status === 'inactive' && replicas > 0 && patchesToZero(replicas, activatorInPath(inputs, config));
  return { answered: { returned_scale: 0, replicas_patched: patched }, wantsZero };
}

export const scaleToZero: Section = {
  name: 'scale_to_zero',
  lists: ['cases'],
  run(vector, _list, section) {
    const config = { ...objectOf(section.config_in_test), ...objectOf(vector.config) };
    const inputs = objectOf(vector.inputs);
    const annotations = objectOf(inputs.annotations);
    const { answered, wantsZero } = answer(inputs, config);
    const { expected, got } = compareFields(objectOf(vector.expected), { ...answered }, [
      'returned_scale',
      'replicas_patched',
    ]);
    const settings = settingsOf(config, annotations);
    const zero = {
      status: textOf(inputs.active_status, 'active'),
      inStatusForS: numberOf(inputs.in_status_for_s, 0),
      inProxyModeForS: numberOf(inputs.in_proxy_mode_for_s, 0),
      replicas: numberOf(inputs.current_replicas, 0),
      wantsZero,
      activatorInPath: activatorInPath(inputs, config),
      windowS: settings.windowMs / 1000,
      retentionS: inputs.reachability === 'Unreachable' ? 0 : settings.retentionMs / 1000,
      progressDeadlineS: annotated(annotations, 'progress-deadline') ?? annotated(inputs, 'progress-deadline'),
    };
    const different = zeroDifference(zero, config, objectOf(expected), { ...answered });
    return different === null ? { expected, got } : { expected, got, different };
  },
};
