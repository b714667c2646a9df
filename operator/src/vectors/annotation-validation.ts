/** Section `annotation_validation`: the contract's validation of Knative's annotations. */
import { validateAnnotations } from '@rouse/contract';
import { clusterConfigOf } from './cluster-config-of.ts';
import { equalValues } from './equal-values.ts';
import { type JsonObject, listOf, objectOf, textOf } from './json-value.ts';
import type { Answer, Section } from './section.ts';

/**
 * Codes as the published cases name them. Upstream itself has only messages and paths, so a code of another name is
 * not compared: its message and paths are.
 */
const PUBLISHED_CODES: ReadonlySet<string> = new Set([
  'out_of_bounds',
  'invalid_value',
  'sub_second_precision',
  'min_greater_than_activation',
  'max_less_than_activation',
  'activation_scale_too_small',
  'initial_scale_zero_disallowed',
  'initial_scale_negative',
]);

/** Upstream merges errors with equal messages and sorts; so must both sides, or their order would be compared. */
function normalize(errors: readonly JsonObject[]): readonly JsonObject[] {
  const merged = new Map<string, JsonObject>();
  for (const error of errors) {
    const message = textOf(error.message);
    const paths = new Set([...listOf(merged.get(message)?.paths), ...listOf(error.paths)]);
    const asserted = paths.size === 0 ? {} : { paths: [...paths].map(String).sort() };
    merged.set(message, { ...error, ...merged.get(message), ...asserted });
  }
  return [...merged.values()].sort((a, b) => (textOf(a.message) < textOf(b.message) ? -1 : 1));
}

function comparedErrors(expected: readonly JsonObject[], got: readonly JsonObject[]): Answer {
  const kept = expected.map((error) =>
    Object.fromEntries(
      Object.entries(error).filter(([field, value]) => field !== 'code' || PUBLISHED_CODES.has(String(value))),
    ),
  );
  const told = got.map((error) => {
    const asserted = kept.find((each) => each.message === error.message);
    if (asserted === undefined) return error;
    return Object.fromEntries(Object.entries(error).filter(([field]) => asserted[field] !== undefined));
  });
  return { expected: kept, got: told };
}

/** Errors without those that only say that NaN is refused. */
function withoutNaN(errors: readonly JsonObject[], annotations: ReadonlyMap<string, string>): readonly JsonObject[] {
  return errors.flatMap((error) => {
    const paths = listOf(error.paths).filter((path) => !/^nan$/i.test(annotations.get(String(path)) ?? ''));
    return paths.length === 0 ? [] : [{ ...error, paths }];
  });
}

export const annotationValidation: Section = {
  name: 'annotation_validation',
  lists: ['cases'],
  run(vector, _list, section) {
    const config = clusterConfigOf(objectOf(section.config_defaults), objectOf(vector.config));
    const annotations = new Map(
      Object.entries(objectOf(vector.annotations)).map(([key, value]) => [key, String(value)]),
    );
    const expected = objectOf(vector.expected);
    const asserted = normalize(listOf(expected.errors).map(objectOf));
    const compare = (errors: readonly JsonObject[]): Answer => {
      if (expected.errors === undefined) return { expected: expected.valid, got: errors.length === 0 };
      const compared = comparedErrors(asserted, errors);
      return {
        expected: { valid: expected.valid, errors: compared.expected },
        got: { valid: errors.length === 0, errors: compared.got },
      };
    };
    const got = normalize(validateAnnotations(annotations, config).map((error) => ({ ...error })));
    const answer = compare(got);
    const tolerant = compare(withoutNaN(got, annotations));
    if (equalValues(answer.expected, answer.got) || !equalValues(tolerant.expected, tolerant.got)) return answer;
    return { ...answer, different: 'NaN passes every range of Knative; Rouse refuses it' };
  },
};
