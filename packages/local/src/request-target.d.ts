/** Takes a request's URL apart: which resource, namespace, name and subresource it means. */
import { type ResourceKind } from './kinds.ts';
export interface RequestTarget {
  readonly kind: ResourceKind;
  /** Undefined: all namespaces, or a resource that has none. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}
/** `/api/v1/...` and `/apis/GROUP/VERSION/...`; null where no such resource is served. */
export declare function parseTarget(path: string): RequestTarget | null;
