/** Section `configmap_validation`: the contract's reading of a ConfigMap with config-autoscaler's keys. */
import { readClusterConfig } from '@rouse/contract';
import { objectOf } from './json-value.ts';
import { compareFields, type Section } from './section.ts';

function isValid(data: readonly (readonly [string, string])[]): boolean {
  return readClusterConfig(Object.fromEntries(data)).problems.every(({ severity }) => severity !== 'error');
}

export const configmapValidation: Section = {
  name: 'configmap_validation',
  lists: ['cases'],
  run(vector) {
    const data = Object.entries(objectOf(vector.data)).map(([key, value]) => [key, String(value)] as const);
    const valid = isValid(data);
    const expected = objectOf(vector.expected);
    const answer = compareFields(expected, { valid }, ['valid']);
    const byNaN = expected.valid === true && !valid && isValid(data.filter(([, value]) => !/^nan$/i.test(value)));
    return byNaN ? { ...answer, different: 'NaN passes every range of Knative; Rouse refuses it' } : answer;
  },
};
