import { type ApiError } from '../api-error.ts';
import { type JsonObject } from '../json.ts';
export declare const JSON_PATCH = 'application/json-patch+json';
export declare const MERGE_PATCH = 'application/merge-patch+json';
export declare const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';
export declare const APPLY_PATCH = 'application/apply-patch+yaml';
export declare const PATCH_TYPES: readonly string[];
export interface Patch {
  /** One of `PATCH_TYPES`. */
  readonly type: string;
  readonly body: unknown;
}
/** Reads the body; server-side apply may send YAML. */
export declare function parsePatch(contentType: string, text: string): Patch | ApiError;
/** @param kind the kind of the document patched, for the keys of its lists */
export declare function applyPatch(document: JsonObject, patch: Patch, kind: string): unknown;
