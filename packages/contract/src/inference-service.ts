/** A KServe InferenceService, as far as the Deployments it owns take settings and hosts from it. */
import { type AnnotationSource, annotationMap } from './annotation-reader.ts';
import { annotations, KNATIVE_PREFIX, ROUSE_PREFIX } from './annotations.ts';
import type { AnyDescriptor } from './descriptor.ts';
import { route } from './network-values.ts';
import type { Problem } from './problem.ts';

export const KSERVE_GROUP = 'serving.kserve.io';
/** Label by which KServe ties Deployments and pods to their InferenceService. */
export const INFERENCE_SERVICE_LABEL = `${KSERVE_GROUP}/inferenceservice`;
/** Who scales what KServe deploys: `hpa` (also where it is absent), `keda`, `none`, or `external`: not KServe. */
export const AUTOSCALER_CLASS_KEY = `${KSERVE_GROUP}/autoscalerClass`;

/** What is read under `spec.predictor`, `spec.transformer` and `spec.explainer`, and the annotation that means the same. */
export interface InferenceField {
  readonly field: string;
  readonly sets: AnyDescriptor;
  /** What KServe takes where neither the field nor an annotation is there. */
  readonly default: string | null;
  readonly doc: string;
}

export const inferenceFields: readonly InferenceField[] = [
  {
    field: 'minReplicas',
    sets: annotations.minScale,
    default: '1',
    doc: 'Fewest pods. As KServe has it: 1 where it is not written, and 0 lets the model sleep.',
  },
  { field: 'maxReplicas', sets: annotations.maxScale, default: null, doc: 'Most pods; 0 is no limit.' },
  {
    field: 'scaleMetric',
    sets: annotations.metric,
    default: null,
    doc: '`concurrency` or `rps`. `cpu` and `memory` are for another autoscaler, and refused.',
  },
  { field: 'scaleTarget', sets: annotations.target, default: null, doc: 'How much of the metric one pod should get.' },
  {
    field: 'containerConcurrency',
    sets: annotations.containerConcurrency,
    default: null,
    doc: 'Most requests one pod gets at once; 0 is no limit.',
  },
];

export interface InferenceComponent {
  /** Of `inferenceFields`, those that are there, as text. */
  readonly fields: ReadonlyMap<string, string>;
  /** `spec.COMPONENT.annotations`, ours and Knative's. */
  readonly annotations: ReadonlyMap<string, string>;
  /** Head and workers have to stay as many as they are. */
  readonly multiNode: boolean;
  /** `status.components.COMPONENT.url`. */
  readonly url: string | null;
}

export interface InferenceService {
  readonly name: string;
  /** Ours and Knative's, and KServe's class of the autoscaler. */
  readonly annotations: ReadonlyMap<string, string>;
  /** By `predictor`, `transformer`, `explainer`. */
  readonly components: ReadonlyMap<string, InferenceComponent>;
  /** `status.url`. */
  readonly url: string | null;
}

const COMPONENTS = ['predictor', 'transformer', 'explainer'];

/** @param object as the API or a manifest has it; whatever is not of the form it should have counts as absent */
export function readInferenceService(object: unknown): InferenceService {
  const name = at(object, 'metadata', 'name');
  const components = new Map<string, InferenceComponent>();
  for (const component of COMPONENTS) {
    const spec = at(object, 'spec', component);
    if (isObject(spec)) components.set(component, readComponent(spec, at(object, 'status', 'components', component)));
  }
  return {
    name: typeof name === 'string' ? name : '',
    annotations: readAnnotations(at(object, 'metadata', 'annotations')),
    components,
    url: textOrNull(at(object, 'status', 'url')),
  };
}

function readComponent(spec: object, status: unknown): InferenceComponent {
  const fields = new Map<string, string>();
  for (const { field } of inferenceFields) {
    const value = at(spec, field);
    if (value !== undefined && value !== null)
      fields.set(field, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return {
    fields,
    annotations: readAnnotations(at(spec, 'annotations')),
    multiNode: isObject(at(spec, 'workerSpec')),
    url: textOrNull(at(status, 'url')),
  };
}

function readAnnotations(value: unknown): ReadonlyMap<string, string> {
  const entries = isObject(value) ? Object.entries(value) : [];
  return new Map(
    entries.filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' && (isOurs(entry[0]) || entry[0] === AUTOSCALER_CLASS_KEY),
    ),
  );
}

function isOurs(key: string): boolean {
  return key.startsWith(ROUSE_PREFIX) || key.startsWith(KNATIVE_PREFIX);
}

/** What KServe copies to the Deployment of a component: the InferenceService's annotations, under the component's own. */
export function inheritedAnnotations(service: InferenceService, component: string): ReadonlyMap<string, string> {
  return new Map([...service.annotations, ...(service.components.get(component)?.annotations ?? [])]);
}

/** Annotations of a Deployment and what it has from the InferenceService, for readers that ask only what stands there. */
export function writtenAnnotations(
  own: AnnotationSource,
  service: InferenceService | null,
  component: string,
): ReadonlyMap<string, string> {
  if (service === null) return annotationMap(own);
  const inherited = [...inheritedAnnotations(service, component)].filter(([key]) => isOurs(key));
  return new Map([...inherited, ...annotationMap(own)]);
}

/** `host`, or `host/path` where KServe routes by path; null for what is no address of a service. */
export function routeOfUrl(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { hostname, pathname } = new URL(url);
  const parsed = route().parse(`${hostname}${pathname.replace(/\/+$/, '')}`);
  return parsed.ok ? parsed.value : null;
}

/** What is wrong with it besides its settings: those stay in force all the same. */
export function inferenceProblems(service: InferenceService, component: string): readonly Problem[] {
  return [...classProblems(service, component), ...urlProblems(service, component)];
}

function classProblems(service: InferenceService, component: string): Problem[] {
  const value = inheritedAnnotations(service, component).get(AUTOSCALER_CLASS_KEY);
  if (value === 'external' || service.components.get(component)?.multiNode === true) return [];
  const scaler = value === 'none' ? 'sets the replicas itself at each change' : 'makes an autoscaler for it';
  return [
    {
      source: 'manifest',
      key: `InferenceService ${service.name} ${AUTOSCALER_CLASS_KEY}`,
      value: value ?? '',
      allowed: '`external` for Rouse to scale it',
      fix: `Annotate the InferenceService with ${AUTOSCALER_CLASS_KEY}: external; without it KServe ${scaler}.`,
      severity: 'error',
    },
  ];
}

function urlProblems(service: InferenceService, component: string): Problem[] {
  const urls: readonly [field: string, url: string | null][] = [
    ['status.url', service.url],
    [`status.components.${component}.url`, service.components.get(component)?.url ?? null],
  ];
  return urls.flatMap(([field, url]) => {
    if (url === null || routeOfUrl(url) !== null) return [];
    const key = `InferenceService ${service.name} ${field}`;
    const allowed = `the URL of ${route().range}`;
    const fix = "Correct KServe's domain template, or name the host in rouse.dev/routes; this one is not routed.";
    return [{ source: 'manifest', key, value: url, allowed, fix, severity: 'error' }];
  });
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (!isObject(found) || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
