/** One Event in two groups: stored as core/v1 has it, shown and taken as events.k8s.io/v1 names its fields. */
import { isObject } from './json.ts';
import { EVENTS, EVENTS_V1, type ResourceKind } from './kinds.ts';
import type { KubeObject } from './objects.ts';

/** [core/v1, events.k8s.io/v1] */
const RENAMED: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
];

function rename(event: KubeObject, apiVersion: string, from: 0 | 1): KubeObject {
  const names = new Map(RENAMED.map((pair) => [pair[from], pair[1 - from] as string]));
  const renamed = Object.fromEntries(Object.entries(event).map(([key, value]) => [names.get(key) ?? key, value]));
  return { ...(renamed as KubeObject), apiVersion };
}

/** The kind the objects are stored as. */
export function storedKind(kind: ResourceKind): ResourceKind {
  return kind === EVENTS_V1 ? EVENTS : kind;
}

/** A stored object as the API group asked for shows it. */
export function toView(kind: ResourceKind, object: KubeObject): KubeObject {
  return kind === EVENTS_V1 ? rename(object, 'events.k8s.io/v1', 0) : object;
}

/** A body of that API group as it is stored. */
export function fromView(kind: ResourceKind, body: unknown): unknown {
  return kind === EVENTS_V1 && isObject(body) ? rename(body as unknown as KubeObject, 'v1', 1) : body;
}
