import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from './json.ts';
import { trackWrite } from './managed-fields.ts';
import type { KubeObject } from './objects.ts';
import { changedFields, difference, type FieldSet, fieldsOf, isEmpty, union } from './patch/field-set.ts';

function object(spec: JsonObject, metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  const server = { name: 'd', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...server, ...metadata }, spec };
}

const update = (manager: string) => ({ manager, operation: 'Update' }) as const;

test('a field belongs to whoever changed it last, keyed list elements one by one', () => {
  const first = object({
    replicas: 1,
    template: {
      spec: {
        containers: [
          { name: 'a', image: '1' },
          { name: 'b', image: '1' },
        ],
      },
    },
  });
  first.metadata.managedFields = trackWrite(null, first, update('kubectl'), 0);
  const second = object({
    replicas: 3,
    template: {
      spec: {
        containers: [
          { name: 'a', image: '1' },
          { name: 'b', image: '2' },
        ],
      },
    },
  });
  const entries = trackWrite(first, second, { ...update('rouse'), subresource: 'scale' }, 1000);
  expect(entries).toMatchObject([
    {
      manager: 'kubectl',
      operation: 'Update',
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      time: '1970-01-01T00:00:00Z',
    },
    { manager: 'rouse', subresource: 'scale', time: '1970-01-01T00:00:01Z' },
  ]);
  expect(entries[1]?.fieldsV1).toEqual({
    'f:spec': {
      'f:replicas': {},
      'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"b"}': { 'f:image': {} } } } },
    },
  });
  expect(entries[0]?.fieldsV1).not.toHaveProperty(['f:spec', 'f:replicas']);
});

test('what was removed belongs to nobody, and who owns nothing is not listed', () => {
  const first = object({}, { annotations: { cost: '1' } });
  first.metadata.managedFields = trackWrite(null, first, update('rouse'), 0);
  expect(first.metadata.managedFields).toMatchObject([
    { fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:cost': {} } } } },
  ]);
  expect(trackWrite(first, object({}), update('other'), 0).map(({ manager }) => manager)).toEqual(['rouse']);
  const second = object({}, { annotations: { cost: '1', more: '2' } });
  second.metadata.managedFields = trackWrite(first, second, update('other'), 0);
  const third = object({}, { annotations: { cost: '1' } });
  const left = trackWrite(second, third, update('rouse'), 0);
  expect(left.find(({ manager }) => manager === 'other')).toBeUndefined();
});

test('a write that changes nothing leaves the entries alone', () => {
  const first = object({ replicas: 1 });
  first.metadata.managedFields = trackWrite(null, first, update('a'), 0);
  expect(trackWrite(first, object({ replicas: 1 }), update('b'), 5000)).toEqual(first.metadata.managedFields);
});

const value = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.dictionary(fc.constantFrom('x', 'y'), fc.integer(), { minKeys: 1 }),
);

test('sets: a union less one part leaves nothing of that part', () => {
  fc.assert(
    fc.property(value, value, (left, right) => {
      const a: FieldSet = fieldsOf(left, 'X');
      const b: FieldSet = fieldsOf(right, 'X');
      expect(isEmpty(difference(a, union(a, b)))).toBe(true);
      expect(difference(difference(union(a, b), b), b)).toEqual(difference(union(a, b), b));
      expect(isEmpty(changedFields(left, left, 'X'))).toBe(true);
    }),
  );
});
