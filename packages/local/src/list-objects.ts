/** Lists in pages: `limit` and `continue`, under the version of the first page, so that a watch can follow on. */
import { ApiError, badRequest, expired } from './api-error.ts';
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

const keyOf = (object: KubeObject) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

function readToken(token: string): { version: number; after: string } | null {
  try {
    const [version, after] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    return typeof version === 'number' && typeof after === 'string' ? { version, after } : null;
  } catch {
    return null;
  }
}

/**
 * Later pages show objects as they are by then, under the first page's version: whatever changed in between comes
 * again with a watch from that version.
 */
export function listPage(store: Store, request: ListRequest): Page | ApiError {
  let version = store.version();
  if (Number(request.resourceVersion) > version) {
    return new ApiError(504, 'Timeout', `Too large resource version: ${request.resourceVersion}, current: ${version}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version', field: '' }],
      retryAfterSeconds: 1,
    });
  }
  let matching = store.list(request.kind.storedAs, request.namespace).filter(request.matches);
  if (request.continueToken !== '') {
    const token = readToken(request.continueToken);
    if (!token) return badRequest('continue key is not valid: ask for the list from its start');
    if (store.since(request.kind.storedAs, token.version) === null) {
      return expired(
        'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
      );
    }
    version = token.version;
    matching = matching.filter((object) => keyOf(object) > token.after);
  }
  const items = request.limit > 0 ? matching.slice(0, request.limit) : matching;
  const remaining = matching.length - items.length;
  const last = items.at(-1);
  const continueToken =
    remaining > 0 && last ? Buffer.from(JSON.stringify([version, keyOf(last)])).toString('base64url') : '';
  return { items, resourceVersion: String(version), continueToken, remaining };
}
