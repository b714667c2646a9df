import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiError } from './api-error.ts';
import type { KubeObject } from './objects.ts';
import { compileSelector, formatSelector, parseFieldSelector, parseLabelSelector } from './selectors.ts';

const cases: [selector: string, labels: Record<string, string>, matches: boolean][] = [
  ['', {}, true],
  ['a=b', { a: 'b' }, true],
  ['a==b', { a: 'b' }, true],
  ['a=b', { a: 'c' }, false],
  ['a!=b', { a: 'c' }, true],
  ['a!=b', {}, true],
  ['a', { a: '' }, true],
  ['a', {}, false],
  ['!a', {}, true],
  ['! a', { a: '1' }, false],
  ['a in (b, c)', { a: 'c' }, true],
  ['a in (b,c),d=e', { a: 'c', d: 'e' }, true],
  ['a notin (b,c)', { a: 'c' }, false],
  ['a notin (b,c)', {}, true],
  ['a=', { a: '' }, true],
  ['n>3', { n: '4' }, true],
  ['n<3', { n: '4' }, false],
  ['n<3', { n: 'x' }, false],
  ['example.com/name=v_1.x', { 'example.com/name': 'v_1.x' }, true],
  ['constructor', {}, false],
];

test.each(cases)('%j on %j is %j', (selector, labels, matches) => {
  const matcher = parseLabelSelector(selector);
  expect(matcher instanceof ApiError ? matcher.status.message : matcher(labels)).toBe(matches);
});

test.each(['a b', 'a=b=c', 'a in b', '=', 'a in (b', 'n>x', ',', '-a=b'])('%j is refused with 400', (selector) => {
  expect(parseLabelSelector(selector)).toMatchObject({ code: 400 });
});

const key = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
const value = fc.stringMatching(/^[a-zA-Z0-9]{1,6}$/);

test('a selector printed and parsed again matches the same labels', () => {
  const expression = fc.record({
    key,
    operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
    values: fc.array(value, { minLength: 1, maxLength: 3 }),
  });
  const selector = fc.record({
    matchLabels: fc.dictionary(key, value, { maxKeys: 3 }),
    matchExpressions: fc.array(expression, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(selector, fc.dictionary(key, value, { maxKeys: 4 }), (written, labels) => {
      const reparsed = parseLabelSelector(formatSelector(written));
      if (reparsed instanceof ApiError) throw new Error(reparsed.status.message);
      const both = { ...labels, ...written.matchLabels };
      for (const subject of [labels, both]) expect(reparsed(subject)).toBe(compileSelector(written)(subject));
    }),
  );
});

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'n', uid: '', resourceVersion: '', creationTimestamp: '' },
  spec: { nodeName: 'local' },
  status: { phase: 'Running' },
} as KubeObject;

test.each([
  ['metadata.name=p', true],
  ['metadata.name=q', false],
  ['spec.nodeName=local,status.phase!=Pending', true],
  ['status.phase==Pending', false],
  ['spec.hostNetwork=false', true],
  ['', true],
])('field selector %j is %j', (selector, matches) => {
  const matcher = parseFieldSelector(selector, 'pods');
  expect(matcher instanceof ApiError ? matcher.status.message : matcher(pod)).toBe(matches);
});

test('a field that cannot be selected by is refused by name', () => {
  expect(parseFieldSelector('spec.containers=x', 'pods')).toMatchObject({
    status: { message: 'field label not supported: spec.containers', code: 400 },
  });
  expect(parseFieldSelector('nonsense', 'pods')).toMatchObject({ code: 400 });
});
