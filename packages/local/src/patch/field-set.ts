/** Sets of fields in the shape of `managedFields` (`f:name`, `k:{...}`): what a write changed, union and difference. */
import { deepEqual, getOwn, isObject, type JsonObject, setOwn } from '../json.ts';
import { listKey } from './list-keys.ts';

/** A tree of field names; an empty object is a leaf. */
export type FieldSet = JsonObject;

const EMPTY: FieldSet = {};

/** Every leaf of a value, as a server-side apply owns what it sends. */
export function fieldsOf(value: unknown, kind: string): FieldSet {
  return changedFields(undefined, value, kind);
}

/** The fields of `after` that `before` lacks or has otherwise. */
export function changedFields(before: unknown, after: unknown, kind: string): FieldSet {
  if (!isObject(after)) return EMPTY;
  const set: FieldSet = {};
  for (const field of Object.keys(after)) {
    const was = isObject(before) ? getOwn(before, field) : undefined;
    const is = after[field];
    if (deepEqual(was, is)) continue;
    const key = Array.isArray(is) ? listKey(field, kind) : undefined;
    if (key && Array.isArray(is)) setOwn(set, `f:${field}`, changedItems(was, is, key, kind));
    else setOwn(set, `f:${field}`, isObject(is) ? changedFields(was, is, kind) : {});
  }
  return set;
}

function changedItems(before: unknown, after: readonly unknown[], key: string, kind: string): FieldSet {
  const set: FieldSet = {};
  for (const item of after) {
    if (!isObject(item)) continue;
    const was = Array.isArray(before)
      ? before.find((other) => isObject(other) && deepEqual(other[key], item[key]))
      : undefined;
    if (deepEqual(was, item)) continue;
    const fields = changedFields(was, item, kind);
    set[`k:${JSON.stringify({ [key]: item[key] })}`] = was === undefined ? { '.': {}, ...fields } : fields;
  }
  return set;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = { ...a };
  for (const key of Object.keys(b)) {
    const mine = getOwn(result, key);
    const theirs = b[key];
    setOwn(result, key, isObject(mine) && isObject(theirs) ? union(mine, theirs) : theirs);
  }
  return result;
}

/** `a` without the leaves of `b` and all below them; branches that become empty go too. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const key of Object.keys(a)) {
    const mine = a[key];
    const theirs = getOwn(b, key);
    if (!isObject(theirs) || !isObject(mine)) {
      setOwn(result, key, mine);
      continue;
    }
    if (Object.keys(theirs).length === 0) continue;
    if (Object.keys(mine).length === 0) {
      setOwn(result, key, mine);
      continue;
    }
    const left = difference(mine, theirs);
    if (Object.keys(left).length > 0) setOwn(result, key, left);
  }
  return result;
}

export function isEmpty(set: FieldSet): boolean {
  return Object.keys(set).length === 0;
}
