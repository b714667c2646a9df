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
export declare const NAMESPACES: ResourceKind;
export declare const NODES: ResourceKind;
export declare const PODS: ResourceKind;
export declare const SERVICES: ResourceKind;
export declare const CONFIG_MAPS: ResourceKind;
export declare const SECRETS: ResourceKind;
export declare const SERVICE_ACCOUNTS: ResourceKind;
export declare const EVENTS: ResourceKind;
export declare const EVENTS_V1: ResourceKind;
export declare const DEPLOYMENTS: ResourceKind;
export declare const REPLICA_SETS: ResourceKind;
export declare const LEASES: ResourceKind;
export declare const KINDS: readonly ResourceKind[];
export declare const VERBS: readonly string[];
/** `v1` or `apps/v1`. */
export declare function apiVersionOf(entry: ResourceKind): string;
/** `pods` or `deployments.apps`: how upstream names a resource in messages. */
export declare function qualifiedResource(entry: ResourceKind): string;
/** `Pod` or `Deployment.apps`: how upstream names a kind in validation messages. */
export declare function qualifiedKind(entry: ResourceKind): string;
export declare function findResource(group: string, version: string, resource: string): ResourceKind | undefined;
export declare function findKind(apiVersion: string, kindName: string): ResourceKind | undefined;
