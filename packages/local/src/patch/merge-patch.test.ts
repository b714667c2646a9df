import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepEqual, getOwn, isObject, type JsonObject, setOwn } from '../json.ts';
import { applyMergePatch } from './merge-patch.ts';

/** RFC 7386 appendix A. */
const cases: [unknown, unknown, unknown][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

test.each(cases)('%j patched by %j is %j', (target, patch, expected) => {
  expect(applyMergePatch(target, patch)).toEqual(expected);
});

function diff(from: unknown, to: unknown): unknown {
  if (!isObject(from) || !isObject(to)) return to;
  const patch: JsonObject = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) setOwn(patch, key, null);
  for (const key of Object.keys(to)) {
    if (!deepEqual(getOwn(from, key), to[key])) setOwn(patch, key, diff(getOwn(from, key), to[key]));
  }
  return patch;
}

const withoutNull = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.array(fc.integer(), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('any document without null becomes any other by the patch of their difference', () => {
  fc.assert(
    fc.property(withoutNull, withoutNull, (from, to) => {
      expect(deepEqual(applyMergePatch(from, diff(from, to)), to)).toBe(true);
    }),
  );
});

test('a patch applied twice is a patch applied once', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (target, patch) => {
      const once = applyMergePatch(target, patch);
      expect(applyMergePatch(once, patch)).toEqual(once);
    }),
  );
});
