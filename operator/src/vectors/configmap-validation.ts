/** Section `configmap_validation`: the contract's reading of a ConfigMap with config-autoscaler's keys. */
import { readClusterConfig } from '@rouse/contract';
import { objectOf } from './json-value.ts';
import { compareFields, type Section } from './section.ts';

export const configmapValidation: Section = {
  name: 'configmap_validation',
  lists: ['cases'],
  run(vector) {
    const data = Object.fromEntries(Object.entries(objectOf(vector.data)).map(([key, value]) => [key, String(value)]));
    const { problems } = readClusterConfig(data);
    const valid = problems.every(({ severity }) => severity !== 'error');
    return compareFields(objectOf(vector.expected), { valid }, ['valid']);
  },
};
