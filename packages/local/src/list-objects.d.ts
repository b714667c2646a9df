/** Lists in pages: `limit` and `continue`, under the version of the first page, so that a watch can follow on. */
import { ApiError } from './api-error.ts';
import type { ResourceKind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import type { Matcher } from './selectors.ts';
import type { Store } from './store.ts';
export interface ListRequest {
  readonly kind: ResourceKind;
  readonly namespace: string | undefined;
  readonly matches: Matcher<KubeObject>;
  /** 0 = all. */
  readonly limit: number;
  /** Empty: the first page. */
  readonly continueToken: string;
  readonly resourceVersion: string;
}
export interface Page {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continueToken: string;
  readonly remaining: number;
}
/**
 * Later pages show objects as they are by then, under the first page's version: whatever changed in between comes
 * again with a watch from that version.
 */
export declare function listPage(store: Store, request: ListRequest): Page | ApiError;
