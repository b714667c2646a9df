/** Section `autoscaler_decision`: Knative's autoscaler step by step; desired count and panic state, not excess burst capacity. */
import { foldRules } from '../autoscale/fold.ts';
import type { RuleMemory } from '../autoscale/rule.ts';
import { initialMemory } from '../autoscale/rule-memory.ts';
import { loadRules } from '../autoscale/rules.ts';
import { DEFAULT_SCALE_SETTINGS, type ScaleSettings } from '../autoscale/scale-settings.ts';
import { type JsonObject, listOf, numberOf, numberOrNull, objectOf } from './json-value.ts';
import { type Answer, compareFields, type Section } from './section.ts';
import { vectorContext } from './vector-context.ts';

const COMPARED = ['valid', 'desired_pods', 'in_panic', 'panic_time_s', 'max_panic_pods'] as const;

function settingsOf(spec: JsonObject): ScaleSettings {
  const defaults = DEFAULT_SCALE_SETTINGS;
  return {
    ...defaults,
    metric: spec.metric === 'rps' ? 'rps' : 'concurrency',
    target: numberOf(spec.target, defaults.target),
    panicThreshold: numberOf(spec.panic_threshold, defaults.panicThreshold),
    maxScaleUpRate: numberOf(spec.max_scale_up_rate, defaults.maxScaleUpRate),
    maxScaleDownRate: numberOf(spec.max_scale_down_rate, defaults.maxScaleDownRate),
    windowMs: numberOf(spec.stable_window_s, 60) * 1000,
    scaleDownDelayMs: numberOf(spec.scale_down_delay_s, 0) * 1000,
    activationScale: numberOf(spec.activation_scale, 0),
  };
}

function memoryOf(settings: ScaleSettings, initial: JsonObject): RuleMemory {
  const memory = initialMemory(0, settings, numberOf(initial.ready_pods_at_creation, 0));
  if (initial.panic_time_s !== undefined) {
    const since = numberOrNull(initial.panic_time_s);
    memory.panicSinceMs = since === null ? null : since * 1000;
  }
  memory.panicMost = numberOf(initial.max_panic_pods, memory.panicMost);
  return memory;
}

function panicState(memory: RuleMemory): JsonObject {
  return {
    in_panic: memory.panicSinceMs !== null,
    panic_time_s: memory.panicSinceMs === null ? null : memory.panicSinceMs / 1000,
    max_panic_pods: memory.panicMost,
  };
}

function runStep(step: JsonObject, spec: JsonObject, memory: RuleMemory): Answer {
  const stable = numberOrNull(step.observed_stable);
  const panic = numberOrNull(step.observed_panic);
  // Upstream decides nothing where the metric or the pods cannot be read.
  const failed =
    step.ready_pods === null || Object.keys(step).some((key) => /error|no_?data/i.test(key) && Boolean(step[key]));
  const observed = failed || stable === null || panic === null ? null : { stable, panic };
  const readyPods = numberOf(step.ready_pods, 0);
  const context = vectorContext(settingsOf(spec), memory, {
    nowMs: numberOf(step.t_s, 0) * 1000,
    replicas: readyPods,
    readyPods,
    observed,
    reachable: spec.reachable !== false,
  });
  const { n } = foldRules(loadRules, context, readyPods);
  const valid = observed !== null;
  const expected = objectOf(step.expected);
  const compared = COMPARED.filter((field) => valid || expected.valid !== false || field !== 'desired_pods');
  return compareFields(expected, { valid, desired_pods: n, ...panicState(memory) }, compared);
}

export const autoscalerDecision: Section = {
  name: 'autoscaler_decision',
  lists: ['cases'],
  run(vector) {
    let spec = objectOf(vector.spec);
    const memory = memoryOf(settingsOf(spec), objectOf(vector.initial_state));
    const answers = [compareFields(objectOf(vector.expected_after_creation), panicState(memory), COMPARED)];
    for (const step of listOf(vector.steps).map(objectOf)) {
      spec = { ...spec, ...objectOf(step.spec_update) };
      answers.push(runStep(step, spec, memory));
    }
    return { expected: answers.map((answer) => answer.expected), got: answers.map((answer) => answer.got) };
  },
};
