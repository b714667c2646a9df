/** Kubernetes' strategic merge patch: like a merge patch, but keyed lists merge element by element; with its `$` directives. */
import { cloneJson, deepEqual, getOwn, isObject, type JsonObject, setOwn } from '../json.ts';
import { isSet, listKey } from './list-keys.ts';

const ORDER = '$setElementOrder/';
const DELETE_FROM = '$deleteFromPrimitiveList/';

/** @param kind the object's kind: a Service's `ports` have another key than a container's */
export function applyStrategicMergePatch(target: unknown, patch: unknown, kind: string): unknown {
  return isObject(patch) ? mergeObject(isObject(target) ? target : {}, patch, kind) : cloneJson(patch);
}

function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter((item) => !isObject(item) || !('$patch' in item)).map(withoutDirectives);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) {
    // A null deletes, also where there is nothing to delete from.
    if (!key.startsWith('$') && value[key] !== null) setOwn(kept, key, withoutDirectives(value[key]));
  }
  return kept;
}

function mergeObject(target: JsonObject, patch: JsonObject, kind: string): JsonObject {
  if (patch.$patch === 'delete') return {};
  if (patch.$patch === 'replace') return withoutDirectives(patch) as JsonObject;
  const result: JsonObject = { ...target };
  if (Array.isArray(patch.$retainKeys)) {
    for (const key of Object.keys(result)) if (!patch.$retainKeys.includes(key)) delete result[key];
  }
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (key.startsWith(DELETE_FROM) && Array.isArray(value)) {
      const field = key.slice(DELETE_FROM.length);
      const live = getOwn(result, field);
      if (Array.isArray(live))
        setOwn(
          result,
          field,
          live.filter((item) => !value.some((gone) => deepEqual(gone, item))),
        );
    } else if (key.startsWith('$')) continue;
    else if (value === null) delete result[key];
    else setOwn(result, key, mergeField(key, getOwn(result, key), value, kind));
  }
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(ORDER) || !Array.isArray(patch[key])) continue;
    const field = key.slice(ORDER.length);
    const merged = getOwn(result, field);
    if (Array.isArray(merged)) setOwn(result, field, inOrder(merged, patch[key], listKey(field, kind)));
  }
  return result;
}

function mergeField(field: string, live: unknown, value: unknown, kind: string): unknown {
  if (isObject(value)) return mergeObject(isObject(live) ? live : {}, value, kind);
  if (!Array.isArray(value)) return value;
  const liveItems = Array.isArray(live) ? live : [];
  const key = listKey(field, kind);
  if (key && value.every(isObject)) return mergeKeyed(liveItems, value, key, kind);
  if (isSet(field)) return [...liveItems, ...value.filter((item) => !liveItems.some((have) => deepEqual(have, item)))];
  return cloneJson(value);
}

function mergeKeyed(live: readonly unknown[], patch: readonly JsonObject[], key: string, kind: string): unknown[] {
  if (patch.some((item) => item.$patch === 'replace')) return withoutDirectives(patch) as unknown[];
  let result = [...live];
  for (const item of patch) {
    const same = (other: unknown) => isObject(other) && deepEqual(other[key], item[key]);
    if (item.$patch === 'delete') {
      result = result.filter((other) => !same(other));
      continue;
    }
    const index = result.findIndex(same);
    if (index < 0) result.push(withoutDirectives(item));
    else result[index] = mergeObject(result[index] as JsonObject, item, kind);
  }
  return result;
}

/** Elements named in `order` come in that order; each other one stays behind the element it followed. */
function inOrder(items: readonly unknown[], order: readonly unknown[], key: string | undefined): unknown[] {
  const identity = (item: unknown) => JSON.stringify(key && isObject(item) ? item[key] : item);
  const rank = new Map(order.map((item, index) => [identity(item), index]));
  const ordered = items
    .filter((item) => rank.has(identity(item)))
    .sort((a, b) => rank.get(identity(a))! - rank.get(identity(b))!);
  items.forEach((item, index) => {
    if (rank.has(identity(item))) return;
    const before = index === 0 ? -1 : ordered.indexOf(items[index - 1]);
    ordered.splice(before + 1, 0, item);
  });
  return ordered;
}
