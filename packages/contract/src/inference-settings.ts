/** One Deployment's settings from its own annotations and from the KServe InferenceService that owns it: which of them count. */
import { annotationList, annotations, KNATIVE_PREFIX, ROUSE_PREFIX } from './annotations.ts';
import { KPA_CLASS } from './cluster-config.ts';
import {
  AUTOSCALER_CLASS_KEY,
  type InferenceComponent,
  type InferenceField,
  type InferenceService,
  inferenceFields,
  inheritedAnnotations,
} from './inference-service.ts';
import type { Problem } from './problem.ts';

/** The InferenceService that owns a Deployment, and as what. */
export interface InferenceOwner {
  readonly service: InferenceService;
  /** `predictor`, `transformer` or `explainer`. */
  readonly component: string;
}

export interface CombinedAnnotations {
  readonly values: ReadonlyMap<string, string>;
  /** For keys that are not the Deployment's own: how their author wrote them. */
  readonly writtenAs: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

interface Entry {
  readonly key: string;
  readonly value: string;
  /** Null: an annotation of the Deployment's own. */
  readonly writtenAs: string | null;
}

/** Keys that mean the same have the same descriptor's key. */
const meaning = new Map(
  annotationList.flatMap((each) => [each.key, ...each.aliases].map((key) => [key, each.key] as const)),
);

/**
 * The strongest first: the Deployment's own annotations, `rouse.dev/` ones of the InferenceService, its fields, its
 * Knative annotations, and KServe's defaults. That fields win over Knative's keys is KServe's own order
 * (`SetAutoScalingAnnotations`). What KServe has copied to the Deployment counts as the InferenceService's.
 */
export function combineAnnotations(own: ReadonlyMap<string, string>, owner: InferenceOwner): CombinedAnnotations {
  const { service, component } = owner;
  const inherited = inheritedAnnotations(service, component);
  const copied = (prefix: string): Entry[] =>
    [...inherited]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => ({ key, value, writtenAs: `InferenceService ${service.name} ${key}` }));
  const layers: readonly (readonly Entry[])[] = [
    [...own]
      .filter(([key, value]) => inherited.get(key) !== value)
      .map(([key, value]) => ({ key, value, writtenAs: null })),
    copied(ROUSE_PREFIX),
    fieldsOf(owner, ({ field }, spec) => spec.fields.get(field)),
    copied(KNATIVE_PREFIX),
    fieldsOf(owner, (each) => each.default),
  ];
  const chosen: Entry[] = [];
  const settled = new Set<string>();
  for (const layer of layers) {
    const taken = layer.filter(({ key }) => !settled.has(meaning.get(key) ?? key));
    for (const { key } of taken) settled.add(meaning.get(key) ?? key);
    chosen.push(...taken);
  }
  return judgeMetric(chosen, owner);
}

function fieldsOf(
  { service, component }: InferenceOwner,
  textOf: (field: InferenceField, spec: InferenceComponent) => string | null | undefined,
): Entry[] {
  const spec = service.components.get(component);
  if (spec === undefined) return [];
  return inferenceFields.flatMap((each) => {
    const value = textOf(each, spec) ?? null;
    const writtenAs = `InferenceService ${service.name} spec.${component}.${each.field}`;
    return value === null ? [] : [{ key: each.sets.key, value, writtenAs }];
  });
}

/** A target is one of its metric: where another metric counts, `scaleTarget` says nothing. */
function judgeMetric(chosen: readonly Entry[], { service, component }: InferenceOwner): CombinedAnnotations {
  const wanted = service.components.get(component)?.fields.get('scaleMetric');
  const metric = chosen.find(({ key }) => key === annotations.metric.key);
  const replaced = wanted !== undefined && metric?.value !== wanted;
  // With another autoscaler's class the metric is that one's affair.
  const className = chosen.find(({ key }) => key === annotations.class.key)?.value ?? KPA_CLASS;
  const foreign = metric?.writtenAs != null && className === KPA_CLASS && RESOURCES.has(metric.value);
  const entries = chosen.filter(
    ({ key, writtenAs }) =>
      !(foreign && key === annotations.metric.key) &&
      !((foreign || replaced) && key === annotations.target.key && writtenAs?.endsWith('.scaleTarget')),
  );
  return {
    values: new Map(entries.map(({ key, value }) => [key, value])),
    writtenAs: new Map(entries.flatMap(({ key, writtenAs }) => (writtenAs === null ? [] : [[key, writtenAs]]))),
    problems: foreign ? [resourceProblem(metric)] : [],
  };
}

const RESOURCES: ReadonlySet<string> = new Set(['cpu', 'memory']);

function resourceProblem({ key, value, writtenAs }: Entry): Problem {
  return {
    source: 'manifest',
    key: writtenAs ?? key,
    value,
    allowed: annotations.metric.range,
    fix:
      `Set it to concurrency or rps for Rouse to scale by requests; to scale by ${value}, leave it to KServe's ` +
      `HorizontalPodAutoscaler (${AUTOSCALER_CLASS_KEY}: hpa, rouse.dev/enabled: "false").`,
    severity: 'error',
  };
}
