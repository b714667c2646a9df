/** Serves one watch: what changed since a version, then every change as it happens, as a stream of JSON lines. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '@rouse/contract';
import { type ApiError, badRequest, expired } from './api-error.ts';
import { toView } from './event-views.ts';
import type { ResourceKind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { partialMetadata, type Representation } from './representation.ts';
import type { Matcher } from './selectors.ts';
import type { Store, StoreEvent } from './store.ts';
import { type IncludeObject, tableOf } from './table.ts';

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

/** Upstream's bookmark period. */
const BOOKMARK_EVERY_MS = 60_000;
const DEFAULT_TIMEOUT_SECONDS = 1800;
/** A watcher that reads this slowly is cut; it resumes from the version it saw last. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

/** What a change means to somebody who sees only matching objects; null when it is invisible. */
export function visibleChange(
  event: StoreEvent,
  matches: Matcher<KubeObject>,
): 'ADDED' | 'MODIFIED' | 'DELETED' | null {
  const was = event.previous !== null && matches(event.previous);
  const is = event.type !== 'DELETED' && matches(event.object);
  if (was) return is ? 'MODIFIED' : 'DELETED';
  return is ? 'ADDED' : null;
}

/** Streams until the client leaves, the timeout passes or `cut` is called. The result cuts the watch. */
export function serveWatch(
  store: Store,
  clock: Clock,
  request: WatchRequest,
  response: ServerResponse,
): (() => void) | ApiError {
  const { kind, namespace, matches } = request;
  if (request.resourceVersion !== '' && !/^\d{1,16}$/.test(request.resourceVersion)) {
    return badRequest(`resourceVersion: Invalid value: ${JSON.stringify(request.resourceVersion)}: must be a number`);
  }
  const from = Number(request.resourceVersion || 0);
  const relevant = (event: StoreEvent) =>
    event.table === kind.storedAs && (namespace === undefined || event.object.metadata.namespace === namespace);
  let firstRow = true;
  let ended = false;
  const cancels: (() => void)[] = [];

  function end(): void {
    if (ended) return;
    ended = true;
    for (const cancel of cancels) cancel();
    response.end();
  }

  function write(type: string, object: unknown): void {
    response.write(`${JSON.stringify({ type, object })}\n`);
    if (response.writableLength > MAX_UNREAD_BYTES) {
      end();
      response.destroy();
    }
  }

  function send(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    const view = toView(kind, object);
    if (request.representation !== 'table') {
      write(type, request.representation === 'metadata' ? partialMetadata(view) : view);
      return;
    }
    const table = tableOf(kind, [view], clock.wallMs(), request.includeObject, object.metadata.resourceVersion);
    // Upstream names the columns once, with the first row.
    write(type, firstRow ? table : { ...table, columnDefinitions: null });
    firstRow = false;
  }

  function bookmark(annotations?: Record<string, string>): void {
    const metadata = { resourceVersion: String(store.version()), creationTimestamp: null };
    const object = {
      kind: kind.kind,
      apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
      metadata: annotations ? { ...metadata, annotations } : metadata,
    };
    if (request.representation === 'object') write('BOOKMARK', object);
    else if (request.representation === 'metadata') {
      write('BOOKMARK', { ...object, kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
    } else {
      const table = tableOf(kind, [], clock.wallMs(), request.includeObject, metadata.resourceVersion);
      write('BOOKMARK', { ...table, rows: [{ cells: [], object }], columnDefinitions: null });
    }
  }

  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  response.on('close', end);
  if (from === 0 || request.sendInitialEvents) {
    for (const object of store.list(kind.storedAs, namespace)) if (matches(object)) send('ADDED', object);
    if (request.sendInitialEvents && request.allowBookmarks) bookmark({ 'k8s.io/initial-events-end': 'true' });
  } else {
    const missed = store.since(kind.storedAs, from);
    if (missed === null) {
      write('ERROR', expired(`too old resource version: ${from} (${store.version()})`).status);
      end();
      return end;
    }
    for (const event of missed) deliver(event);
  }

  function deliver(event: StoreEvent): void {
    if (!relevant(event)) return;
    const type = visibleChange(event, matches);
    // An object that left the selection is shown as it last was in it, under the version at which it left.
    const gone = type === 'DELETED' && event.type !== 'DELETED' && event.previous;
    const object = gone
      ? { ...gone, metadata: { ...gone.metadata, resourceVersion: String(event.version) } }
      : event.object;
    if (type) send(type, object);
  }

  cancels.push(store.subscribe(deliver));
  const timeoutMs = (request.timeoutSeconds || DEFAULT_TIMEOUT_SECONDS * (1 + Math.random())) * 1000;
  cancels.push(
    clock.after(timeoutMs, () => {
      if (request.allowBookmarks) bookmark();
      end();
    }),
  );
  if (request.allowBookmarks) repeatBookmark();

  function repeatBookmark(): void {
    const cancel = clock.after(BOOKMARK_EVERY_MS, () => {
      cancels.splice(cancels.indexOf(cancel), 1);
      bookmark();
      repeatBookmark();
    });
    cancels.push(cancel);
  }
  return end;
}
