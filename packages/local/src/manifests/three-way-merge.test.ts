import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepEqual, isObject, type JsonObject } from '../json.ts';
import { threeWayMerge, withoutSettledReplicas } from './three-way-merge.ts';

test('what others wrote stays, what the manifest says wins, what it no longer says goes', () => {
  const last = { metadata: { annotations: { mine: '1', gone: 'x' } } };
  const next = { metadata: { annotations: { mine: '2' } } };
  const live = { metadata: { annotations: { mine: '1', gone: 'x', theirs: 'y' } }, status: { ready: true } };
  expect(threeWayMerge(last, next, live)).toEqual({
    metadata: { annotations: { mine: '2', theirs: 'y' } },
    status: { ready: true },
  });
});

test('lists are the manifest as a whole', () => {
  expect(threeWayMerge({ args: ['a'] }, { args: ['b'] }, { args: ['a', 'c'] })).toEqual({ args: ['b'] });
});

test('replicas count only where the edit changed them', () => {
  const manifest = (replicas: number | undefined, image: string) => ({
    spec: { ...(replicas === undefined ? {} : { replicas }), image },
  });
  expect(withoutSettledReplicas(manifest(1, 'a'), manifest(1, 'b'))).toEqual({ spec: { image: 'b' } });
  expect(withoutSettledReplicas(manifest(1, 'a'), manifest(3, 'a'))).toEqual({ spec: { replicas: 3, image: 'a' } });
  expect(withoutSettledReplicas(manifest(undefined, 'a'), manifest(0, 'a'))).toEqual({
    spec: { replicas: 0, image: 'a' },
  });
  expect(withoutSettledReplicas(undefined, manifest(1, 'a'))).toEqual({ spec: { replicas: 1, image: 'a' } });
});

const tree = fc
  .dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.oneof(fc.integer(), fc.dictionary(fc.constantFrom('x', 'y'), fc.integer())),
  )
  .map((value) => value as JsonObject);

/** True when `part` is in `whole` at every key. */
function holds(whole: unknown, part: unknown): boolean {
  if (!isObject(part)) return deepEqual(whole, part);
  return isObject(whole) && Object.keys(part).every((key) => Object.hasOwn(whole, key) && holds(whole[key], part[key]));
}

test('the result always holds the whole manifest, and applying it again changes nothing', () => {
  fc.assert(
    fc.property(tree, tree, tree, (last, next, live) => {
      const once = threeWayMerge(last, next, live);
      expect(holds(once, next)).toBe(true);
      expect(threeWayMerge(next, next, once)).toEqual(once);
    }),
  );
});
