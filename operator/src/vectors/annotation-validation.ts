/** Section `annotation_validation`: the contract's validation of Knative's annotations. */
import { validateAnnotations } from '@rouse/contract';
import { clusterConfigOf } from './cluster-config-of.ts';
import { type JsonObject, listOf, objectOf, textOf } from './json-value.ts';
import type { Section } from './section.ts';

/** Upstream merges errors with equal messages and sorts; so must both sides, or their order would be compared. */
function normalize(errors: readonly JsonObject[]): readonly JsonObject[] {
  const merged = new Map<string, JsonObject>();
  for (const error of errors) {
    const message = textOf(error.message);
    const paths = new Set([...listOf(merged.get(message)?.paths), ...listOf(error.paths)]);
    merged.set(message, { ...error, paths: [...paths].map(String).sort() });
  }
  return [...merged.values()].sort((a, b) => (textOf(a.message) < textOf(b.message) ? -1 : 1));
}

export const annotationValidation: Section = {
  name: 'annotation_validation',
  lists: ['cases'],
  run(vector, _list, section) {
    const config = clusterConfigOf(objectOf(section.config_defaults), objectOf(vector.config));
    const expected = objectOf(vector.expected);
    const annotations = Object.entries(objectOf(vector.annotations)).map(
      ([key, value]) => [key, String(value)] as const,
    );
    const errors = validateAnnotations(new Map(annotations), config);
    return {
      expected: { valid: expected.valid, errors: normalize(listOf(expected.errors).map(objectOf)) },
      got: { valid: errors.length === 0, errors: normalize(errors.map((error) => ({ ...error }))) },
    };
  },
};
