import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annotationList, annotations, knownAnnotationKeys } from './annotations.ts';
import { clusterConfigKeys, KPA_CLASS } from './cluster-config.ts';
import type { Descriptor, Shape } from './descriptor.ts';
import { devFlags } from './dev-flags.ts';
import { operatorFlags } from './operator-flags.ts';
import { proxyFlags } from './proxy-flags.ts';
import { parseSettings } from './settings.ts';
import { badValue, goodValue } from './testing/shape-arbitraries.ts';
import { uninstallFlags } from './uninstall-flags.ts';

function named(kind: string, descriptors: readonly Descriptor<unknown, unknown>[]) {
  return descriptors.map((descriptor) => [`${kind} ${descriptor.key}`, descriptor] as const);
}

const ALL = [
  ...named('annotation', annotationList),
  ...named('config', Object.values(clusterConfigKeys)),
  ...named('proxy flag', Object.values(proxyFlags)),
  ...named('operator flag', Object.values(operatorFlags)),
  ...named('dev flag', Object.values(devFlags)),
  ...named('uninstall flag', Object.values(uninstallFlags)),
];

/** Whether the shape's expressions let the value pass. */
function matchesAll(shape: Shape, text: string): boolean {
  if (shape.type === 'either') return shape.of.some((each) => goodFor(each, text) && matchesAll(each, text));
  if (shape.type === 'list')
    return text.trim() === '' || text.split(',').every((item) => matchesAll(shape.item, item.trim()));
  return shape.type !== 'text' || (shape.matches ?? []).every((expression) => new RegExp(expression, 'u').test(text));
}

function goodFor(shape: Shape, text: string): boolean {
  return shape.type !== 'integer' || /^[+-]?[0-9]+$/.test(text);
}

test('the expressions refuse the samples of routes, quiet rules and ports that do not parse', () => {
  for (const descriptor of [annotations.routes, annotations.quiet]) {
    if (descriptor.shape.type !== 'list' || descriptor.shape.item.type !== 'text') throw new Error('no list of text');
    const { item } = descriptor.shape;
    expect(item.bad.filter((text) => matchesAll(item, text))).toEqual([]);
  }
  const { shape } = annotations.port;
  const names = shape.type === 'either' ? shape.of[1] : undefined;
  if (names?.type !== 'text') throw new Error('no port names');
  expect(names.bad.filter((text) => matchesAll(names, text))).toEqual([]);
});

describe.each(ALL)('%s', (_, descriptor) => {
  test('accepts every value of its range, and no other', () => {
    fc.assert(
      fc.property(goodValue(descriptor.shape), (text) => descriptor.parse(text).ok),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(badValue(descriptor.shape), (text) => {
        const parsed = descriptor.parse(text);
        return !parsed.ok && parsed.allowed !== '' && parsed.fix !== '';
      }),
      { numRuns: 200 },
    );
  });

  test('matches with each good value the expressions that schemas are made from', () => {
    fc.assert(
      fc.property(goodValue(descriptor.shape), (text) => matchesAll(descriptor.shape, text)),
      { numRuns: 50 },
    );
  });

  test('names an example that is itself accepted', () => {
    fc.assert(
      fc.property(badValue(descriptor.shape), (text) => {
        const parsed = descriptor.parse(text);
        const example = parsed.ok ? null : /^e\.g\. (\S+)$/.exec(parsed.fix);
        return example == null || descriptor.parse(example[1]!).ok;
      }),
      { numRuns: 50 },
    );
  });

  test('has documentation in whole sentences', () => {
    expect(descriptor.doc).toMatch(/^\S.*[.)]$/);
    expect(descriptor.range).not.toBe('');
    expect(descriptor.defaultText).not.toBe('');
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => typeof descriptor.parse(text).ok === 'boolean'),
      { numRuns: 100 },
    );
  });
});

describe.each(annotationList.map((descriptor) => [descriptor.key, descriptor] as const))(
  'annotation %s',
  (key, descriptor) => {
    test.each([key, ...descriptor.aliases])(
      'a bad value under %s gives one error with key, value, range and fix',
      (written) => {
        // As upstream, an algorithm is judged only where the class is written out, and an empty one never.
        const isAlgorithm = descriptor === annotations.metricAggregationAlgorithm;
        const base = isAlgorithm ? { [annotations.class.key]: KPA_CLASS } : {};
        // Nor is an initial-scale too large for 32 bits, which gives a notice.
        const isInitialScale = descriptor === annotations.initialScale;
        const bad = badValue(descriptor.shape).filter(
          (text) => !(isAlgorithm && text === '') && !(isInitialScale && /^[0-9]+$/.test(text)),
        );
        fc.assert(
          fc.property(bad, (value) => {
            const { problems } = parseSettings({ ...base, [written]: value });
            const errors = problems.filter((problem) => problem.severity === 'error');
            expect(errors).toHaveLength(1);
            expect(errors[0]).toMatchObject({ source: 'annotation', key: written, value });
            expect(errors[0]!.allowed).not.toBe('');
            expect(errors[0]!.fix).toContain(written);
          }),
          { numRuns: 100 },
        );
      },
    );
  },
);

test('no key or alias stands twice', () => {
  const keys = annotationList.flatMap((descriptor) => [descriptor.key, ...descriptor.aliases]);
  expect(new Set(keys).size).toBe(keys.length);
  expect(knownAnnotationKeys.size).toBe(keys.length);
});

test('every flag that has a literal default accepts it', () => {
  for (const flag of [...Object.values(proxyFlags), ...Object.values(operatorFlags), ...Object.values(devFlags)]) {
    const parsed = flag.parse(flag.defaultText);
    if (parsed.ok && typeof flag.default !== 'object')
      expect([flag.key, parsed.value]).toEqual([flag.key, flag.default]);
    if (typeof flag.default === 'number') expect([flag.key, parsed.ok]).toEqual([flag.key, true]);
  }
});
