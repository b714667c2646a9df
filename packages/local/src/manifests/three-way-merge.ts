/** Brings an edited manifest into the live object: what the manifest says wins, what only others wrote stays. */
import { cloneJson, deepEqual, getOwn, isObject, type JsonObject, setOwn } from '../json.ts';

/**
 * Objects merge key by key, lists are the manifest's as a whole. A key that an earlier manifest had and this one lacks
 * is removed.
 * @param last the manifest applied before; undefined when there was none
 */
export function threeWayMerge(last: JsonObject | undefined, next: JsonObject, live: JsonObject): JsonObject {
  const result: JsonObject = { ...live };
  for (const key of Object.keys(last ?? {})) if (!Object.hasOwn(next, key)) delete result[key];
  for (const key of Object.keys(next)) {
    const wanted = next[key];
    const there = getOwn(live, key);
    const before = last ? getOwn(last, key) : undefined;
    if (isObject(wanted) && isObject(there)) {
      setOwn(result, key, threeWayMerge(isObject(before) ? before : undefined, wanted, there));
    } else setOwn(result, key, cloneJson(wanted));
  }
  return result;
}

/**
 * The manifest as an edit applies it: its replicas count only when it is they that were edited, since the number of
 * pods is Rouse's to decide while it runs.
 */
export function withoutSettledReplicas(last: JsonObject | undefined, next: JsonObject): JsonObject {
  if (!last || !isObject(next.spec) || !isObject(last.spec)) return next;
  if (!deepEqual(next.spec.replicas, last.spec.replicas)) return next;
  const { replicas: _, ...spec } = next.spec;
  return { ...next, spec };
}
