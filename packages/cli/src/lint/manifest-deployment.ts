/** A Deployment of a manifest as lint reads it; a field of the wrong type counts as absent, the API check tells it. */
import {
  annotationMap,
  inferenceComponent,
  type Problem,
  parseSettings,
  type Settings,
  writtenAnnotations,
} from '@rouse/contract';
import { dig, inferenceServiceOf, isObject, type JsonObject, type ManifestObject } from '@rouse/local';
import type { Place } from './finding.ts';
import type { ManifestInference } from './manifest-inference.ts';

export interface ManifestContainer {
  readonly name: string;
  readonly fields: JsonObject;
  readonly ports: readonly { readonly name: string | null; readonly port: number }[];
}

export interface ManifestDeployment {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly place: Place;
  readonly annotations: ReadonlyMap<string, string>;
  /** Those of the InferenceService it belongs to as well. */
  readonly written: ReadonlyMap<string, string>;
  /** The one of the files that it belongs to. */
  readonly inference: ManifestInference | null;
  /** As what. */
  readonly component: string;
  /** Annotations that are no strings, as YAML reads an unquoted `true` or `10`. */
  readonly unquoted: readonly { readonly key: string; readonly value: unknown }[];
  readonly templateAnnotationKeys: readonly string[];
  readonly templateLabels: ReadonlyMap<string, string>;
  /** `spec.replicas`; undefined when absent. */
  readonly replicas: unknown;
  readonly containers: readonly ManifestContainer[];
  /** The one meant by default: named by annotation, else the first; null when there is none at all. */
  readonly defaultContainer: ManifestContainer | null;
  readonly settings: Settings;
  /** Of the annotations and of the InferenceService's settings. */
  readonly problems: readonly Problem[];
}

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

export function readDeployment(
  manifest: ManifestObject,
  inferenceServices: readonly ManifestInference[],
): ManifestDeployment {
  const { object, namespace, name, file, line } = manifest;
  const key = `${namespace}/${name}`;
  const annotations = dig(object, 'metadata', 'annotations');
  const entries = isObject(annotations) ? Object.entries(annotations) : [];
  const strings = new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  const template = dig(object, 'spec', 'template');
  const templateAnnotations = stringsOf(dig(template, 'metadata', 'annotations'));
  const listed = dig(template, 'spec', 'containers');
  const containers = (Array.isArray(listed) ? listed : []).filter(isObject).map(readContainer);
  const owner = inferenceServiceOf(object);
  const inference =
    inferenceServices.find((each) => each.namespace === namespace && each.service.name === owner) ?? null;
  const label = dig(object, 'metadata', 'labels', 'component') ?? dig(template, 'metadata', 'labels', 'component');
  const component = inferenceComponent(name, label);
  const named = containers.find((each) => each.name === templateAnnotations.get(DEFAULT_CONTAINER));
  return {
    key,
    namespace,
    name,
    place: { file, line, object: `Deployment ${key}` },
    annotations: strings,
    unquoted: entries.flatMap(([key, value]) => (typeof value === 'string' ? [] : [{ key, value }])),
    templateAnnotationKeys: [...templateAnnotations.keys()],
    templateLabels: stringsOf(dig(template, 'metadata', 'labels')),
    replicas: dig(object, 'spec', 'replicas') ?? undefined,
    containers,
    defaultContainer: named ?? containers[0] ?? null,
    written: writtenAnnotations(strings, inference?.service ?? null, component),
    inference,
    component,
    ...parseSettings(annotationMap(strings), undefined, inference && { service: inference.service, component }),
  };
}

/** The string values of a map; empty for anything else. */
export function stringsOf(value: unknown): ReadonlyMap<string, string> {
  const entries = isObject(value) ? Object.entries(value) : [];
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function readContainer(fields: JsonObject): ManifestContainer {
  const ports = (Array.isArray(fields.ports) ? fields.ports : []).flatMap((declared: unknown) => {
    const port = dig(declared, 'containerPort');
    const name = dig(declared, 'name');
    if (typeof port !== 'number' || (dig(declared, 'protocol') ?? 'TCP') !== 'TCP') return [];
    return [{ port, name: typeof name === 'string' ? name : null }];
  });
  return { name: typeof fields.name === 'string' ? fields.name : '', fields, ports };
}
