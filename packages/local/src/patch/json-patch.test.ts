import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepEqual, isObject } from '../json.ts';
import { applyJsonPatch, parsePointer } from './json-patch.ts';

const apply = (document: unknown, ...operations: object[]) => applyJsonPatch(document, operations);

/** RFC 6902 appendix A, and what the API's clients rely on. */
const cases: [string, unknown, object[], unknown][] = [
  ['adds a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 1 }], { foo: 'bar', baz: 1 }],
  ['inserts into an array', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
  ['appends with -', { a: [1] }, [{ op: 'add', path: '/a/-', value: [2] }], { a: [1, [2]] }],
  ['removes a member', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
  ['removes from an array', { a: [1, 2, 3] }, [{ op: 'remove', path: '/a/1' }], { a: [1, 3] }],
  ['replaces', { a: 1 }, [{ op: 'replace', path: '/a', value: null }], { a: null }],
  ['moves', { a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
  ['moves within an array', { a: [1, 2, 3] }, [{ op: 'move', from: '/a/0', path: '/a/2' }], { a: [2, 3, 1] }],
  ['copies', { a: [1] }, [{ op: 'copy', from: '/a', path: '/b' }], { a: [1], b: [1] }],
  [
    'tests whatever the order of keys',
    { a: { x: 1, y: 2 } },
    [{ op: 'test', path: '/a', value: { y: 2, x: 1 } }],
    { a: { x: 1, y: 2 } },
  ],
  ['tests the absence of a member as null', { a: 1 }, [{ op: 'test', path: '/b', value: null }], { a: 1 }],
  [
    'decodes ~1 and ~0',
    { 'a/b': 1, 'm~n': 2 },
    [
      { op: 'replace', path: '/a~1b', value: 3 },
      { op: 'remove', path: '/m~0n' },
    ],
    { 'a/b': 3 },
  ],
  ['replaces the whole document', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
  [
    'wakes from zero: the empty spec is tested, then replicas added',
    { spec: {} },
    [
      { op: 'test', path: '/spec', value: {} },
      { op: 'add', path: '/spec/replicas', value: 3 },
    ],
    { spec: { replicas: 3 } },
  ],
];

test.each(cases)('%s', (_, document, operations, expected) => {
  const before = JSON.stringify(document);
  expect(applyJsonPatch(document, operations)).toEqual({ value: expected });
  expect(JSON.stringify(document)).toBe(before);
});

const refusals: [string, unknown, object[], boolean][] = [
  ['a failed test', { spec: { replicas: 2 } }, [{ op: 'test', path: '/spec/replicas', value: 3 }], false],
  ['a test of a missing member', { spec: {} }, [{ op: 'test', path: '/spec/replicas', value: 0 }], false],
  ['a number tested as a string', { a: 1 }, [{ op: 'test', path: '/a', value: '1' }], false],
  ['removing what is not there', {}, [{ op: 'remove', path: '/a' }], false],
  ['replacing what is not there', {}, [{ op: 'replace', path: '/a', value: 1 }], false],
  ['adding below what is not there', {}, [{ op: 'add', path: '/a/b', value: 1 }], false],
  ['an index with a leading zero', { a: [1, 2] }, [{ op: 'remove', path: '/a/01' }], false],
  ['an index past the end', { a: [1] }, [{ op: 'add', path: '/a/2', value: 1 }], false],
  ['an unknown operation', {}, [{ op: 'merge', path: '/a' }], true],
  ['a path without slash', {}, [{ op: 'add', path: 'a', value: 1 }], true],
  ['add without a value', {}, [{ op: 'add', path: '/a' }], true],
  ['a move into itself', { a: { b: 1 } }, [{ op: 'move', from: '/a', path: '/a/b' }], true],
];

test.each(refusals)('refuses %s', (_, document, operations, malformed) => {
  expect(applyJsonPatch(document, operations)).toMatchObject({ fault: { malformed } });
});

test('nothing is applied when a later operation fails', () => {
  const document = { a: 1 };
  const result = apply(document, { op: 'replace', path: '/a', value: 2 }, { op: 'test', path: '/a', value: 1 });
  expect(result).toHaveProperty('fault');
  expect(document).toEqual({ a: 1 });
});

test('__proto__ in a path or value touches no prototype', () => {
  const result = apply({}, { op: 'add', path: '/__proto__', value: { polluted: true } });
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(Object.getPrototypeOf('value' in result ? result.value : null)).toBe(Object.prototype);
  expect(apply({}, { op: 'add', path: '/__proto__/polluted', value: true })).toHaveProperty('fault');
  expect(apply({}, { op: 'test', path: '/constructor/name', value: 'Object' })).toHaveProperty('fault');
});

const escaped = (token: string) => token.replaceAll('~', '~0').replaceAll('/', '~1');

/** The plainest patch that turns one document into another. */
function diff(from: unknown, to: unknown, path = ''): object[] {
  if (deepEqual(from, to)) return [];
  if (!isObject(from) || !isObject(to)) return [{ op: 'replace', path, value: to }];
  const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key));
  return [
    ...gone.map((key) => ({ op: 'remove', path: `${path}/${escaped(key)}` })),
    ...Object.keys(to).flatMap((key) => {
      const below = `${path}/${escaped(key)}`;
      if (Object.hasOwn(from, key)) return diff(from[key], to[key], below);
      return [{ op: 'add', path: below, value: to[key] }];
    }),
  ];
}

const json = fc.jsonValue({ maxDepth: 4 });

test('any document becomes any other by the patch of their difference, and comes back', () => {
  fc.assert(
    fc.property(json, json, (from, to) => {
      const there = applyJsonPatch(from, diff(from, to));
      expect(there).toEqual({ value: to });
      const back = applyJsonPatch(to, [{ op: 'test', path: '', value: to }, ...diff(to, from)]);
      expect(back).toEqual({ value: from });
    }),
  );
});

test('a pointer names the member it was made for, whatever its key', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 5 }), (tokens) => {
      expect(parsePointer(tokens.map((token) => `/${escaped(token)}`).join(''))).toEqual(tokens);
    }),
  );
});
