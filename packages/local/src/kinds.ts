/** The resources this API serves: names, scope, short names and subresources, as upstream's discovery lists them. */

export interface ResourceKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural, lower case: the name in URLs. */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly subresources: readonly string[];
  /** Key of the table the objects stand in; two kinds that are views of the same objects share it. */
  readonly storedAs: string;
}

function kind(
  apiVersion: string,
  name: string,
  resource: string,
  more: Partial<Pick<ResourceKind, 'shortNames' | 'categories' | 'namespaced' | 'subresources' | 'storedAs'>> = {},
): ResourceKind {
  const slash = apiVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind: name,
    resource,
    singular: name.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    subresources: [],
    storedAs: resource,
    ...more,
  };
}

export const NAMESPACES = kind('v1', 'Namespace', 'namespaces', {
  shortNames: ['ns'],
  namespaced: false,
  subresources: ['status'],
});
export const NODES = kind('v1', 'Node', 'nodes', { shortNames: ['no'], namespaced: false, subresources: ['status'] });
export const PODS = kind('v1', 'Pod', 'pods', {
  shortNames: ['po'],
  categories: ['all'],
  subresources: ['status', 'log', 'eviction'],
});
export const SERVICES = kind('v1', 'Service', 'services', {
  shortNames: ['svc'],
  categories: ['all'],
  subresources: ['status'],
});
export const CONFIG_MAPS = kind('v1', 'ConfigMap', 'configmaps', { shortNames: ['cm'] });
export const SECRETS = kind('v1', 'Secret', 'secrets');
export const SERVICE_ACCOUNTS = kind('v1', 'ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] });
export const EVENTS = kind('v1', 'Event', 'events', { shortNames: ['ev'] });
export const EVENTS_V1 = kind('events.k8s.io/v1', 'Event', 'events', { shortNames: ['ev'] });
export const DEPLOYMENTS = kind('apps/v1', 'Deployment', 'deployments', {
  shortNames: ['deploy'],
  categories: ['all'],
  subresources: ['status', 'scale'],
});
export const REPLICA_SETS = kind('apps/v1', 'ReplicaSet', 'replicasets', {
  shortNames: ['rs'],
  categories: ['all'],
  subresources: ['status', 'scale'],
});
export const LEASES = kind('coordination.k8s.io/v1', 'Lease', 'leases');

/** KServe's; nothing here acts on it, Rouse reads it. */
export const INFERENCE_SERVICES = kind('serving.kserve.io/v1beta1', 'InferenceService', 'inferenceservices', {
  shortNames: ['isvc'],
  subresources: ['status'],
});

export const KINDS: readonly ResourceKind[] = [
  NAMESPACES,
  NODES,
  PODS,
  SERVICES,
  CONFIG_MAPS,
  SECRETS,
  SERVICE_ACCOUNTS,
  EVENTS,
  EVENTS_V1,
  DEPLOYMENTS,
  REPLICA_SETS,
  LEASES,
  INFERENCE_SERVICES,
];

export const VERBS: readonly string[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

const bySegments = new Map(KINDS.map((entry) => [`${entry.group}/${entry.version}/${entry.resource}`, entry]));
const byKind = new Map(KINDS.map((entry) => [`${apiVersionOf(entry)}/${entry.kind}`, entry]));

/** `v1` or `apps/v1`. */
export function apiVersionOf(entry: ResourceKind): string {
  return entry.group === '' ? entry.version : `${entry.group}/${entry.version}`;
}

/** `pods` or `deployments.apps`: how upstream names a resource in messages. */
export function qualifiedResource(entry: ResourceKind): string {
  return entry.group === '' ? entry.resource : `${entry.resource}.${entry.group}`;
}

/** `Pod` or `Deployment.apps`: how upstream names a kind in validation messages. */
export function qualifiedKind(entry: ResourceKind): string {
  return entry.group === '' ? entry.kind : `${entry.kind}.${entry.group}`;
}

export function findResource(group: string, version: string, resource: string): ResourceKind | undefined {
  return bySegments.get(`${group}/${version}/${resource}`);
}

export function findKind(apiVersion: string, kindName: string): ResourceKind | undefined {
  return byKind.get(`${apiVersion}/${kindName}`);
}
