import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { annotationList, metrics, proxyFlags } from '@rouse/contract';
import { expect, test } from 'vitest';
import { admissionPolicy } from './render-admission-policy.ts';
import { celAccepts } from './render-cel.ts';
import { chartSchema } from './render-chart-schema.ts';
import { baseFiles } from './render-manifests.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, 'deploy', path), 'utf8');

/** Least time beyond delay and timeout, for what is not a request: closing, the kubelet's own pace. */
const MARGIN_S = 5;

test('the proxy may take as long to end as its flags let it drain, in the manifests and in the chart', () => {
  const drainS = (proxyFlags.shutdownDelay.default + proxyFlags.shutdownTimeout.default) / 1000;
  for (const text of [read('base/proxy.yaml'), read('chart/values.yaml').split('\nproxy:')[1]!]) {
    const graceS = Number(/terminationGracePeriodSeconds: (\d+)/.exec(text)?.[1]);
    expect(graceS).toBeGreaterThanOrEqual(drainS + MARGIN_S);
  }
});

test('the proxy has no token and no permission', () => {
  const text = baseFiles(root)
    .map((file) => read(`base/${file}`))
    .join('---\n');
  const documents = text.split(/^---$/m);
  const bound = documents.filter((each) => each.includes('subjects:'));
  expect(bound).toHaveLength(2);
  for (const each of bound) expect(each).not.toContain('rouse-proxy');
  const account = documents.find((each) => each.includes('kind: ServiceAccount') && each.includes('name: rouse-proxy'));
  expect(account).toContain('automountServiceAccountToken: false');
  expect(read('base/proxy.yaml').match(/automountServiceAccountToken: (\w+)/g)).toEqual([
    'automountServiceAccountToken: false',
    'automountServiceAccountToken: false',
  ]);
});

test('nothing of the operator may write but /scale, Events, its Lease and the token it makes', () => {
  const rules = read('base/operator-access.yaml').split('  - apiGroups:').slice(1);
  const writes = rules.flatMap((rule) => {
    const resources = /resources: \[([^\]]+)\]/.exec(rule)![1]!;
    const verbs = /verbs: \[([^\]]+)\]/.exec(rule)![1]!.split(', ');
    return verbs.filter((verb) => !['get', 'list', 'watch'].includes(verb)).map((verb) => `${verb} ${resources}`);
  });
  expect(writes).toEqual([
    'patch deployments/scale',
    'create events',
    'patch events',
    'create leases',
    'update leases',
    'create secrets',
  ]);
});

test('every container is restricted: no root, no privilege, no write, no capability', () => {
  for (const file of ['base/operator.yaml', 'base/proxy.yaml']) {
    const text = read(file);
    for (const line of [
      'runAsNonRoot: true',
      'type: RuntimeDefault',
      'allowPrivilegeEscalation: false',
      'readOnlyRootFilesystem: true',
      'drop: [ALL]',
      'enableServiceLinks: false',
    ]) {
      expect(text, file).toContain(line);
    }
  }
  expect(read('base/namespace.yaml')).toContain('pod-security.kubernetes.io/enforce: restricted');
});

test('the policy holds an expression and a message for every annotation and alias', () => {
  const policy = admissionPolicy();
  const expressions = [
    ...policy.matchAll(/ {4}- expression: >-\n(.+)\n {6}message: .+\n {6}messageExpression: >-\n(.+)/g),
  ];
  for (const { key, aliases, range } of annotationList) {
    const found = expressions.filter(([, expression]) => expression!.includes(`"${key}"`));
    expect(found.length, key).toBeGreaterThan(0);
    for (const alias of aliases) expect(found[0]![1]).toContain(`"${alias}"`);
    expect(found[0]![2]).toContain(JSON.stringify(`; accepted: ${range}`));
  }
});

test('every shape of an annotation says something: none lets all values pass', () => {
  for (const { key, shape } of annotationList) {
    if (key.endsWith('/class')) continue;
    expect(celAccepts(shape, 'value'), key).not.toMatch(/\btrue\)*$/);
  }
});

test('alerts name metrics that exist, with labels they have', () => {
  const text = read('components/monitoring/alerts.yaml');
  const named = [...text.matchAll(/\b(rouse_(?:proxy|operator)_\w+)(?:\{(\w+)[!=~])?/g)];
  expect(named.length).toBeGreaterThan(8);
  for (const [, name, label] of named) {
    const metric = metrics.find((each) => each.name === name);
    expect(metric, name).toBeDefined();
    if (label !== undefined) expect(metric!.labels).toContain(label);
  }
});

test("the chart's schema offers every flag but those the chart sets itself", () => {
  const schema = JSON.parse(chartSchema());
  const { flags } = schema.properties.proxy.properties;
  const own = ['port', 'host', 'admin-port', 'admin-host', 'control-token-file', 'allow-local-pods'];
  const keys = Object.values(proxyFlags).map(({ key }) => key);
  expect(Object.keys(flags.properties).sort()).toEqual(keys.filter((key) => !own.includes(key)).sort());
  expect(flags.properties['shutdown-delay'].description).toContain('Default: 5s.');
});
