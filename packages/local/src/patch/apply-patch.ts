/** Applies the body of a PATCH request by its content type. */
import { APPLY_PATCH, JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH } from '@rouse/kube';
import { parse as parseYaml } from 'yaml';
import { type ApiError, badRequest, unprocessablePatch, unsupportedMediaType } from '../api-error.ts';
import { isObject, type JsonObject } from '../json.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const PATCH_TYPES: readonly string[] = [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH];

export interface Patch {
  /** One of `PATCH_TYPES`. */
  readonly type: string;
  readonly body: unknown;
}

/** Reads the body; server-side apply may send YAML. */
export function parsePatch(contentType: string, text: string): Patch | ApiError {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (!PATCH_TYPES.includes(type)) return unsupportedMediaType(PATCH_TYPES);
  let body: unknown;
  try {
    body = type === APPLY_PATCH ? parseYaml(text) : JSON.parse(text);
  } catch (error) {
    return badRequest(`the patch cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (type === JSON_PATCH ? !Array.isArray(body) : !isObject(body)) {
    return badRequest(`a patch of type ${type} is ${type === JSON_PATCH ? 'an array of operations' : 'an object'}`);
  }
  return { type, body };
}

/** @param kind the kind of the document patched, for the keys of its lists */
export function applyPatch(document: JsonObject, patch: Patch, kind: string): unknown {
  switch (patch.type) {
    case JSON_PATCH: {
      const result = applyJsonPatch(document, patch.body);
      if (!('fault' in result)) return result.value;
      return result.fault.malformed ? badRequest(result.fault.message) : unprocessablePatch();
    }
    case MERGE_PATCH:
      return applyMergePatch(document, patch.body);
    case APPLY_PATCH:
      return applyStrategicMergePatch(document, withoutServerFields(patch.body), kind);
    default:
      return applyStrategicMergePatch(document, patch.body, kind);
  }
}

/** An applied configuration states intent only; what the server writes is not taken from it. */
function withoutServerFields(body: unknown): unknown {
  if (!isObject(body) || !isObject(body.metadata)) return body;
  const { managedFields: _, creationTimestamp: __, ...metadata } = body.metadata;
  return { ...body, metadata };
}
