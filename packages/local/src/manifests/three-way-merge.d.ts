/** Brings an edited manifest into the live object: what the manifest says wins, what only others wrote stays. */
import { type JsonObject } from '../json.ts';
/**
 * Objects merge key by key, lists are the manifest's as a whole. A key that an earlier manifest had and this one lacks
 * is removed.
 * @param last the manifest applied before; undefined when there was none
 */
export declare function threeWayMerge(last: JsonObject | undefined, next: JsonObject, live: JsonObject): JsonObject;
/**
 * The manifest as an edit applies it: its replicas count only when it is they that were edited, since the number of
 * pods is Rouse's to decide while it runs.
 */
export declare function withoutSettledReplicas(last: JsonObject | undefined, next: JsonObject): JsonObject;
