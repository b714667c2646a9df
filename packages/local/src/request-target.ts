/** Takes a request's URL apart: which resource, namespace, name and subresource it means. */
import { findResource, NAMESPACES, type ResourceKind } from './kinds.ts';

export interface RequestTarget {
  readonly kind: ResourceKind;
  /** Undefined: all namespaces, or a resource that has none. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

/** `/api/v1/...` and `/apis/GROUP/VERSION/...`; null where no such resource is served. */
export function parseTarget(path: string): RequestTarget | null {
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decode);
  if (segments.includes(null)) return null;
  const parts = segments as string[];
  const [root, ...rest] = parts;
  let group = '';
  if (root === 'apis') group = rest.shift() ?? '';
  else if (root !== 'api') return null;
  const version = rest.shift() ?? '';
  const find = (resource: string | undefined) => findResource(group, version, resource ?? '');
  if (rest[0] === 'namespaces' && rest.length > 2) {
    const [, namespace, resource, name, subresource, ...more] = rest;
    const kind = find(resource);
    if (kind?.namespaced && more.length === 0) return { kind, namespace, name, subresource };
    // What is no resource of the namespace is a subresource of the Namespace itself.
    if (root === 'api' && rest.length === 3 && NAMESPACES.subresources.includes(resource ?? '')) {
      return { kind: NAMESPACES, namespace: undefined, name: namespace, subresource: resource };
    }
    return null;
  }
  const [resource, name, subresource, ...more] = rest;
  const kind = find(resource);
  if (!kind || more.length > 0 || (kind.namespaced && name !== undefined)) return null;
  return { kind, namespace: undefined, name, subresource };
}
