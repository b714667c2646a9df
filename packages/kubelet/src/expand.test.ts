import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expand } from './expand.ts';

const values = new Map([
  ['A', 'one'],
  ['EMPTY', ''],
  ['REF', '$(A)'],
]);

test.each([
  ['$(A)', 'one'],
  ['x$(A)y$(A)', 'xoneyone'],
  ['$(EMPTY)', ''],
  ['$(UNKNOWN)', '$(UNKNOWN)'],
  ['$(REF)', '$(A)'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$one'],
  ['$A $[A] 5$', '$A $[A] 5$'],
  ['$(A', '$(A'],
  ['$', '$'],
  ['a$$', 'a$'],
  ['$()', '$()'],
  ['$($(A))', '$($(A))'],
])('%s becomes %s', (text, expected) => {
  expect(expand(text, values)).toBe(expected);
});

test('text without a dollar stays as it is, and a doubled dollar always gives the text back', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(expand(text.replaceAll('$', '$$$$'), values)).toBe(text);
    }),
  );
});
