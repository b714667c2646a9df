/** Sets of fields in the shape of `managedFields` (`f:name`, `k:{...}`): what a write changed, union and difference. */
import { type JsonObject } from '../json.ts';
/** A tree of field names; an empty object is a leaf. */
export type FieldSet = JsonObject;
/** Every leaf of a value, as a server-side apply owns what it sends. */
export declare function fieldsOf(value: unknown, kind: string): FieldSet;
/** The fields of `after` that `before` lacks or has otherwise. */
export declare function changedFields(before: unknown, after: unknown, kind: string): FieldSet;
export declare function union(a: FieldSet, b: FieldSet): FieldSet;
/** `a` without the leaves of `b` and all below them; branches that become empty go too. */
export declare function difference(a: FieldSet, b: FieldSet): FieldSet;
/** What stands in both, leaf by leaf. */
export declare function intersection(a: FieldSet, b: FieldSet): FieldSet;
export declare function isEmpty(set: FieldSet): boolean;
