/** The four patch formats of the Kubernetes API, as the Content-Type that selects them. */

/** RFC 6902; the only one with `test`, so the one for conditional writes. */
export const JSON_PATCH = 'application/json-patch+json';
/** RFC 7386; `null` removes a field, lists are replaced whole. */
export const MERGE_PATCH = 'application/merge-patch+json';
/** Kubernetes' own; lists are merged by the key of their type. Not served for custom resources. */
export const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
/** Server-side apply; needs the query `fieldManager`. */
export const APPLY_PATCH = 'application/apply-patch+yaml';
