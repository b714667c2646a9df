import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseManifest } from './parse-manifest.ts';

const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n';

test('several documents are taken each with its line, namespace and name; empty ones are nothing', () => {
  const text = `# comment\n---\n${DEPLOYMENT}---\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: svc, namespace: team}\n`;
  const parsed = parseManifest('f.yaml', text);
  expect(parsed.objects.map(({ kind, namespace, name, line }) => [kind.kind, namespace, name, line])).toEqual([
    ['Deployment', 'default', 'web', 3],
    ['Namespace', '', 'team', 8],
    ['Service', 'team', 'svc', 12],
  ]);
  expect(parsed).toMatchObject({ problems: [], skippedKinds: [], broken: false });
});

test('a List is taken apart', () => {
  const text =
    'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: b}\n';
  const parsed = parseManifest('f.yaml', text);
  expect(parsed.objects.map(({ name, line }) => [name, line])).toEqual([
    ['a', 4],
    ['b', 7],
  ]);
});

test('kinds that are not used are named, and the rest of the file is taken', () => {
  const text = `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n---\n${DEPLOYMENT}`;
  expect(parseManifest('f.yaml', text)).toMatchObject({
    objects: [{ name: 'web' }],
    skippedKinds: ['Ingress'],
    broken: false,
  });
});

const faults: [string, string, number, string][] = [
  ['bad YAML', `${DEPLOYMENT}spec: [\n`, 5, 'Mend the YAML here'],
  ['a tab as indentation', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n', 4, 'Mend the YAML here'],
  ['a repeated key', 'apiVersion: v1\napiVersion: v1\nkind: ConfigMap\n', 2, 'Mend the YAML here'],
  ['an unknown alias', 'apiVersion: v1\nkind: ConfigMap\nmetadata: *nowhere\n', 3, 'Mend the YAML here'],
  ['no kind', '\napiVersion: v1\nmetadata: {name: a}\n', 2, 'Add kind'],
  ['no apiVersion', 'kind: Deployment\nmetadata: {name: a}\n', 1, 'Add apiVersion'],
  ['no name', 'apiVersion: v1\nkind: ConfigMap\n', 1, 'Give the ConfigMap a metadata.name.'],
  [
    'an old apiVersion',
    'apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}\n',
    1,
    'Set apiVersion: apps/v1.',
  ],
  ['plain text', 'hello\n', 1, 'Write apiVersion, kind and metadata.'],
];

test.each(faults)('%s is told with file, line and fix', (_, text, line, fix) => {
  const parsed = parseManifest('dir/f.yaml', text);
  expect(parsed.objects).toEqual([]);
  expect(parsed.broken).toBe(true);
  expect(parsed.problems).toHaveLength(1);
  expect(parsed.problems[0]).toMatchObject({ source: 'manifest', key: `dir/f.yaml:${line}`, severity: 'error' });
  expect(parsed.problems[0]?.fix).toContain(fix);
});

test('an alias bomb is refused', () => {
  const rows = Array.from(
    { length: 12 },
    (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(', ')}]`,
  );
  const parsed = parseManifest('f.yaml', `a0: &a0 x\n${rows.join('\n')}\n`);
  expect(parsed).toMatchObject({ objects: [], broken: true });
});

test('whatever a file holds, parsing tells of it and does not throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.jsonValue().map((value) => stringify(value)),
      ),
      (text) => {
        const { problems } = parseManifest('f.yaml', text);
        for (const problem of problems) expect(problem.key).toMatch(/^f\.yaml:\d+$/);
      },
    ),
  );
});
