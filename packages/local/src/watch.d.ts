/** Serves one watch: what changed since a version, then every change as it happens, as a stream of JSON lines. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '@rouse/contract';
import { type ApiError } from './api-error.ts';
import type { ResourceKind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { type Representation } from './representation.ts';
import type { Matcher } from './selectors.ts';
import type { Store, StoreEvent } from './store.ts';
import { type IncludeObject } from './table.ts';
export interface WatchRequest {
  readonly kind: ResourceKind;
  readonly namespace: string | undefined;
  readonly matches: Matcher<KubeObject>;
  /** Empty or `0`: begin with what there is. */
  readonly resourceVersion: string;
  readonly allowBookmarks: boolean;
  readonly sendInitialEvents: boolean;
  /** 0 = the default, 30 to 60 minutes. */
  readonly timeoutSeconds: number;
  readonly representation: Representation;
  readonly includeObject: IncludeObject;
}
/** What a change means to somebody who sees only matching objects; null when it is invisible. */
export declare function visibleChange(
  event: StoreEvent,
  matches: Matcher<KubeObject>,
): 'ADDED' | 'MODIFIED' | 'DELETED' | null;
/** Streams until the client leaves, the timeout passes or `cut` is called. The result cuts the watch; null when refused. */
export declare function serveWatch(
  store: Store,
  clock: Clock,
  request: WatchRequest,
  response: ServerResponse,
): (() => void) | ApiError;
