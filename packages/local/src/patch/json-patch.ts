/** JSON Patch (RFC 6902) on plain JSON; the document given is left as it was. */
import { cloneJson, deepEqual, getOwn, isObject, type JsonObject, setOwn } from '../json.ts';

/** Why a patch could not be applied; `malformed` ones are the caller's 400, the others 422. */
export interface PatchFault {
  readonly malformed: boolean;
  readonly message: string;
}

export type PatchResult = { readonly value: unknown } | { readonly fault: PatchFault };

/** Most operations in one patch, as upstream. */
const MAX_OPERATIONS = 10_000;

class Refused {
  readonly fault: PatchFault;
  constructor(message: string, malformed = false) {
    this.fault = { malformed, message };
  }
}

/** RFC 6901; null when it is not a pointer. */
export function parsePointer(pointer: string): string[] | null {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return null;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** An array index: digits without a leading zero, 0 to `last`; -1 when it is none. */
function arrayIndex(token: string, last: number): number {
  if (!/^(?:0|[1-9]\d{0,8})$/.test(token)) return -1;
  const index = Number(token);
  return index <= last ? index : -1;
}

function child(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return value[arrayIndex(token, value.length - 1)];
  return isObject(value) ? getOwn(value, token) : undefined;
}

function read(document: unknown, path: readonly string[]): unknown {
  return path.reduce(child, document);
}

/** Changes the container that holds the last token of `path`; a path of no tokens is the document itself. */
function withParent(
  document: unknown,
  path: readonly string[],
  change: (parent: unknown[] | JsonObject, token: string) => Refused | undefined,
): Refused | undefined {
  const parent = read(document, path.slice(0, -1));
  const token = path.at(-1) ?? '';
  if (!Array.isArray(parent) && !isObject(parent)) return new Refused(`/${path.join('/')} has no parent`);
  return change(parent, token);
}

function add(document: unknown, path: readonly string[], value: unknown): Refused | undefined {
  return withParent(document, path, (parent, token) => {
    if (!Array.isArray(parent)) {
      setOwn(parent, token, value);
      return undefined;
    }
    const index = token === '-' ? parent.length : arrayIndex(token, parent.length);
    if (index < 0) return new Refused(`/${path.join('/')} is no index of an array of ${parent.length}`);
    parent.splice(index, 0, value);
    return undefined;
  });
}

function remove(document: unknown, path: readonly string[]): Refused | undefined {
  return withParent(document, path, (parent, token) => {
    if (child(parent, token) === undefined) return new Refused(`/${path.join('/')} does not exist`);
    if (Array.isArray(parent)) parent.splice(Number(token), 1);
    else delete parent[token];
    return undefined;
  });
}

/** Null is what a missing member reads as in a `test`, as in the library upstream uses. */
function test(document: unknown, path: readonly string[], value: unknown): Refused | undefined {
  const found = read(document, path);
  if (deepEqual(found === undefined ? null : found, value === undefined ? null : value)) return undefined;
  return new Refused(`testing value /${path.join('/')} failed`);
}

function applyOperation(document: unknown, operation: JsonObject): { value: unknown } | Refused {
  const path = typeof operation.path === 'string' ? parsePointer(operation.path) : null;
  if (!path) return new Refused(`path ${JSON.stringify(operation.path)} is not a JSON pointer`, true);
  const needsValue = operation.op === 'add' || operation.op === 'replace' || operation.op === 'test';
  if (needsValue && !Object.hasOwn(operation, 'value')) return new Refused(`${operation.op} needs a value`, true);
  const needsFrom = operation.op === 'move' || operation.op === 'copy';
  const from = needsFrom && typeof operation.from === 'string' ? parsePointer(operation.from) : null;
  if (needsFrom && !from) return new Refused(`${operation.op} needs from as a JSON pointer`, true);
  const value = cloneJson(operation.value);
  const keep = (refused: Refused | undefined) => refused ?? { value: document };
  switch (operation.op) {
    case 'add':
      return path.length === 0 ? { value } : keep(add(document, path, value));
    case 'remove':
      return path.length === 0 ? { value: null } : keep(remove(document, path));
    case 'replace':
      if (path.length === 0) return { value };
      if (read(document, path) === undefined) return new Refused(`/${path.join('/')} does not exist`);
      return keep(
        withParent(document, path, (parent, token) => {
          if (Array.isArray(parent)) parent[Number(token)] = value;
          else setOwn(parent, token, value);
          return undefined;
        }),
      );
    case 'test':
      return keep(test(document, path, value));
    case 'move':
    case 'copy': {
      const source = from ?? [];
      const moved = cloneJson(read(document, source));
      if (moved === undefined) return new Refused(`/${source.join('/')} does not exist`);
      if (operation.op === 'move') {
        if (path.length > source.length && source.every((token, index) => token === path[index])) {
          return new Refused('a value cannot be moved into itself', true);
        }
        const refused = source.length === 0 ? undefined : remove(document, source);
        if (refused) return refused;
      }
      return path.length === 0 ? { value: moved } : keep(add(document, path, moved));
    }
    default:
      return new Refused(`op ${JSON.stringify(operation.op)} is none of add, remove, replace, move, copy, test`, true);
  }
}

/** Applies all operations in order, or none. */
export function applyJsonPatch(document: unknown, patch: unknown): PatchResult {
  if (!Array.isArray(patch)) return { fault: { malformed: true, message: 'a JSON patch is an array of operations' } };
  if (patch.length > MAX_OPERATIONS) {
    return { fault: { malformed: true, message: `a JSON patch has at most ${MAX_OPERATIONS} operations` } };
  }
  let value = cloneJson(document);
  for (const operation of patch) {
    if (!isObject(operation)) return { fault: { malformed: true, message: 'an operation is an object' } };
    const result = applyOperation(value, operation);
    if (result instanceof Refused) return { fault: result.fault };
    value = result.value;
  }
  return { value };
}
