import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Finding } from './lint/finding.ts';
import type { LintResult } from './lint/lint-manifests.ts';
import { lint } from './lint.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rouse-lint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Spec {
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly templateAnnotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly container?: Readonly<Record<string, unknown>>;
  readonly replicas?: number;
}

const goodContainer = {
  name: 'app',
  image: 'app:1',
  command: ['node', 'server.js'],
  ports: [{ name: 'http', containerPort: 8080 }],
  readinessProbe: { httpGet: { path: '/healthz', port: 8080 } },
  lifecycle: { preStop: { sleep: { seconds: 5 } } },
};

/** A Deployment that lint has nothing to say about, but for what `spec` changes. */
function deployment(spec: Spec = {}): object {
  const labels = spec.labels ?? { app: spec.name ?? 'hello' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: spec.name ?? 'hello', annotations: { 'rouse.dev/enabled': 'true', ...spec.annotations } },
    spec: {
      ...(spec.replicas === undefined ? {} : { replicas: spec.replicas }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, ...(spec.templateAnnotations ? { annotations: spec.templateAnnotations } : {}) },
        spec: { containers: [{ ...goodContainer, ...spec.container }] },
      },
    },
  };
}

function service(name: string, selector: object, targetPort: number | string): object {
  const spec = { selector, ports: [{ port: 80, targetPort }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

function write(file: string, ...objects: object[]): void {
  writeFileSync(join(folder, file), objects.map((object) => stringify(object)).join('---\n'));
}

async function run(json = false, paths = [folder]): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  const code = await lint(paths, { domain: 'example.com', json }, { print, complain: print });
  return { code, lines };
}

async function findings(): Promise<{ code: number; found: readonly Finding[] }> {
  const { code, lines } = await run(true);
  return { code, found: (JSON.parse(lines.join('\n')) as LintResult).findings };
}

async function theOnly(): Promise<{ code: number; finding: Finding }> {
  const { code, found } = await findings();
  expect(found).toHaveLength(1);
  return { code, finding: found[0]! };
}

test('a clean run says how many Deployments in how many files are fine', async () => {
  write('a.yaml', deployment({ name: 'one' }), deployment({ name: 'two' }));
  write('b.yml', deployment({ name: 'three' }));
  expect(await run()).toEqual({ code: 0, lines: ['3 Deployments in 2 files: all fine'] });
});

test('a bad value is one line with file, object, key, value, allowed range and fix, and exit code 1', async () => {
  write('a.yaml', deployment({ annotations: { 'autoscaling.knative.dev/window': '1s' } }));
  const { code, lines } = await run();
  expect(code).toBe(1);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(
    /a\.yaml:1: error: Deployment default\/hello: autoscaling\.knative\.dev\/window: "1s" is not accepted; allowed: .*6s.*1h.*\. .+/,
  );
  expect(lines[1]).toBe('1 Deployment in 1 file: 1 problem');
});

test('the second document of a file is told by its own line', async () => {
  write('a.yaml', deployment({ name: 'one' }), deployment({ name: 'two', annotations: { 'rouse.dev/port': 'UP' } }));
  const { finding } = await theOnly();
  expect(finding).toMatchObject({ object: 'Deployment default/two', key: 'rouse.dev/port', value: 'UP' });
  expect(finding.line).toBeGreaterThan(20);
});

test('an unquoted true or number is told once, with the quoted form', async () => {
  write('a.yaml', deployment({ annotations: { 'autoscaling.knative.dev/target': 10 } }));
  const { code, finding } = await theOnly();
  expect(code).toBe(1);
  expect(finding).toMatchObject({ key: 'autoscaling.knative.dev/target', value: '10', allowed: 'a string' });
  expect(finding.fix).toContain('autoscaling.knative.dev/target: "10"');
});

test("Knative's keys on the pod template alone are a problem that names the right place", async () => {
  write('a.yaml', deployment({ templateAnnotations: { 'autoscaling.knative.dev/min-scale': '1' } }));
  const { code, finding } = await theOnly();
  expect(code).toBe(1);
  expect(finding.key).toBe('spec.template.metadata.annotations[autoscaling.knative.dev/min-scale]');
  expect(finding.fix).toContain("Deployment's own metadata.annotations");
});

test("Knative's keys in both places are no problem", async () => {
  const annotations = { 'autoscaling.knative.dev/min-scale': '1' };
  write('a.yaml', deployment({ annotations, templateAnnotations: annotations }));
  expect((await findings()).found).toEqual([]);
});

test('a route that two Deployments claim names both', async () => {
  const annotations = { 'rouse.dev/routes': 'shop.example.org/api' };
  write('a.yaml', deployment({ name: 'one', annotations }));
  write('b.yaml', deployment({ name: 'two', annotations: { 'rouse.dev/routes': 'SHOP.example.org/api/' } }));
  const { code, finding } = await theOnly();
  expect(code).toBe(1);
  expect(finding).toMatchObject({
    object: 'Deployment default/two',
    key: 'rouse.dev/routes',
    value: 'shop.example.org/api',
  });
  expect(finding.fix).toContain('default/one');
  expect(finding.fix).toContain('a.yaml:1');
});

test("a route equal to another Deployment's own name is claimed twice", async () => {
  write('a.yaml', deployment({ name: 'one' }));
  write('b.yaml', deployment({ name: 'two', annotations: { 'rouse.dev/routes': 'one.default.example.com' } }));
  expect((await theOnly()).finding).toMatchObject({
    object: 'Deployment default/two',
    value: 'one.default.example.com',
  });
});

test('a Service that selects two Deployments is told once, by its name', async () => {
  const labels = { app: 'shop' };
  write(
    'a.yaml',
    deployment({ name: 'one', labels }),
    deployment({ name: 'two', labels }),
    service('shop', labels, 8080),
  );
  const { finding } = await theOnly();
  expect(finding).toMatchObject({ key: 'Service shop', value: 'shop.default.example.com' });
  expect(finding.fix).toContain('selector of Service shop');
});

test('a container without a port needs rouse.dev/port, or a Service', async () => {
  write('a.yaml', deployment({ container: { ports: [] } }));
  const { code, finding } = await theOnly();
  expect(code).toBe(1);
  expect(finding).toMatchObject({ key: 'rouse.dev/port', value: '' });
  write('a.yaml', deployment({ container: { ports: [] }, annotations: { 'rouse.dev/port': '8080' } }));
  expect((await findings()).found).toEqual([]);
  write('a.yaml', deployment({ container: { ports: [] } }), service('hello', { app: 'hello' }, 8080));
  expect((await findings()).found).toEqual([]);
});

test('a port name that no container declares is a problem, from the annotation and from the Service', async () => {
  write('a.yaml', deployment({ annotations: { 'rouse.dev/port': 'web' } }));
  expect((await theOnly()).finding).toMatchObject({ key: 'rouse.dev/port', value: 'web', severity: 'error' });
  write('a.yaml', deployment(), service('hello', { app: 'hello' }, 'web'));
  expect((await theOnly()).finding).toMatchObject({ key: 'targetPort of Service hello', value: 'web' });
});

test.each([
  ['readinessProbe', { container: { readinessProbe: undefined } }],
  ['lifecycle.preStop', { container: { lifecycle: undefined } }],
  ['spec.replicas', { replicas: 0 }],
  ['rouse.dev/dev-command', { container: { command: undefined, args: ['serve'] } }],
] satisfies [string, Spec][])('%s is asked for by a notice, which leaves the exit code 0', async (key, spec) => {
  write('a.yaml', deployment(spec));
  const { code, finding } = await theOnly();
  expect(code).toBe(0);
  expect(finding).toMatchObject({ key, severity: 'notice' });
  expect((await run()).lines.at(-1)).toBe('1 Deployment in 1 file: fine, 1 notice');
});

test('rouse.dev/dev-command stands in for a command', async () => {
  write(
    'a.yaml',
    deployment({ container: { command: undefined }, annotations: { 'rouse.dev/dev-command': 'node a.js' } }),
  );
  expect((await findings()).found).toEqual([]);
});

test('a Deployment that another autoscaler owns gets no advice about scaling', async () => {
  const annotations = { 'autoscaling.knative.dev/class': 'hpa.autoscaling.knative.dev' };
  write('a.yaml', deployment({ annotations, replicas: 3, container: { ports: [] } }));
  expect((await theOnly()).finding).toMatchObject({ key: 'autoscaling.knative.dev/class', severity: 'notice' });
});

test('a Deployment without annotations, or with enabled "false", is left alone and counted', async () => {
  const bare = deployment({ name: 'bare', replicas: 3, container: { ports: [] } }) as {
    metadata: { annotations?: object };
  };
  delete bare.metadata.annotations;
  write(
    'a.yaml',
    deployment(),
    bare,
    deployment({ name: 'off', replicas: 1, annotations: { 'rouse.dev/enabled': 'false' } }),
  );
  expect(await run()).toEqual({
    code: 0,
    lines: ['3 Deployments in 1 file: all fine (2 without an annotation of Rouse, left alone on a cluster)'],
  });
});

test('annotations of Rouse without rouse.dev/enabled get a notice, but not where the Namespace is labelled', async () => {
  const annotations = { 'rouse.dev/enabled': undefined, 'rouse.dev/queue-limit': '5' };
  write('a.yaml', deployment({ annotations }));
  expect((await theOnly()).finding).toMatchObject({ key: 'rouse.dev/queue-limit', severity: 'notice' });
  const labels = { 'rouse.dev/enabled': 'true' };
  write('ns.yaml', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', labels } });
  expect((await findings()).found).toEqual([]);
});

test('what the Kubernetes API would refuse is a problem', async () => {
  write('a.yaml', deployment({ container: { ports: [{ containerPort: 99999 }] } }));
  const { code, found } = await findings();
  expect(code).toBe(1);
  expect(found.some(({ fix }) => fix.includes('65535'))).toBe(true);
});

test('broken YAML is a problem of its file, and the other files are checked all the same', async () => {
  writeFileSync(join(folder, 'a.yaml'), 'kind: [Deployment\n');
  write('b.yaml', deployment({ annotations: { 'rouse.dev/quiet-status': '42' } }));
  const { code, lines } = await run();
  expect(code).toBe(1);
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/a\.yaml:\d+: error: .*YAML/);
  expect(lines[1]).toContain('rouse.dev/quiet-status: "42" is not accepted');
  expect(lines[2]).toBe('1 Deployment in 1 file: 2 problems');
});

test('a path that does not exist is a problem', async () => {
  const missing = join(folder, 'nowhere.yaml');
  const { code, lines } = await run(false, [missing]);
  expect(code).toBe(1);
  expect(lines[0]).toContain(`${missing}: error: `);
  expect(lines[1]).toBe('No Deployment found: 1 problem');
});

test.each([
  { spec: null },
  { spec: { template: 'x' } },
  { spec: { template: { spec: { containers: 'x' } } } },
  { spec: { template: { spec: { containers: [1, null, { ports: 'x' }] } } } },
  { metadata: { name: 'x', annotations: ['a'] } },
  { metadata: { name: 'x', annotations: { 'rouse.dev/enabled': null } } },
])('a Deployment with fields of the wrong type is a problem, not a crash: %j', async (part) => {
  write('a.yaml', { ...deployment(), ...part });
  const { code, found } = await findings();
  expect(code).toBe(1);
  expect(found.length).toBeGreaterThan(0);
});

const CLASS = { 'serving.kserve.io/autoscalerClass': 'external' };
function inferenceService(predictor: object, annotations: object = { 'rouse.dev/enabled': 'true' }): object {
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'iris', annotations: { ...CLASS, ...annotations } },
    spec: { predictor },
  };
}
const KSERVE_LABELS = { app: 'isvc.iris-predictor', 'serving.kserve.io/inferenceservice': 'iris' };
const predictor = (annotations: Readonly<Record<string, unknown>>) =>
  deployment({ name: 'iris-predictor', labels: KSERVE_LABELS, annotations });

test('an InferenceService alone is judged as its Deployments will be, which KServe makes', async () => {
  write('a.yaml', inferenceService({ minReplicas: 0, maxReplicas: 3, scaleMetric: 'rps', scaleTarget: 5 }));
  expect((await run()).lines).toEqual(['1 InferenceService in 1 file: fine']);
  write('a.yaml', inferenceService({ minReplicas: 2, maxReplicas: 1 }, { 'autoscaling.knative.dev/window': '1s' }));
  const { code, found } = await findings();
  expect(code).toBe(1);
  expect(found.map(({ object, key, value }) => [object, key, value])).toEqual([
    ['InferenceService default/iris', 'spec.predictor.maxReplicas', '1'],
    ['InferenceService default/iris', 'autoscaling.knative.dev/window', '1s'],
  ]);
  expect(found[1]?.fix).toMatch(/^Set autoscaling\.knative\.dev\/window to/);
});

test.each([
  ['spec.predictor.scaleMetric', 'error', { minReplicas: 0, scaleMetric: 'cpu' }, {}],
  ['serving.kserve.io/autoscalerClass', 'error', { minReplicas: 0 }, { 'serving.kserve.io/autoscalerClass': 'hpa' }],
  ['spec.predictor.minReplicas', 'notice', {}, {}],
])('of an InferenceService %s gets an %s', async (key, severity, fields, annotations) => {
  write('a.yaml', inferenceService(fields, { 'rouse.dev/enabled': 'true', ...annotations }));
  expect((await theOnly()).finding).toMatchObject({ key, severity });
});

test('an annotation of an InferenceService that is no string is refused as the API would', async () => {
  write('a.yaml', inferenceService({ minReplicas: 0 }, { 'rouse.dev/enabled': true }));
  expect((await findings()).code).toBe(1);
});

test('one that nobody asks Rouse to scale is not judged', async () => {
  write('a.yaml', inferenceService({ scaleMetric: 'cpu' }, {}));
  write('b.yaml', inferenceService({ scaleMetric: 'cpu' }, { 'rouse.dev/enabled': 'false' }));
  expect((await findings()).found.filter(({ key }) => key !== 'manifest')).toEqual([]);
});

test('beside its Deployment it is told once, and what the Deployment says itself counts', async () => {
  write('a.yaml', inferenceService({ minReplicas: -1 }, {}), predictor({ 'rouse.dev/max-scale': 'x' }));
  const { found } = await findings();
  expect(found.map(({ object, key }) => [object, key])).toEqual([
    ['InferenceService default/iris', 'spec.predictor.minReplicas'],
    ['Deployment default/iris-predictor', 'rouse.dev/max-scale'],
  ]);
  write('a.yaml', inferenceService({ minReplicas: -1 }, {}), predictor({ 'rouse.dev/min-scale': '0' }));
  expect(await run()).toEqual({ code: 0, lines: ['1 Deployment and 1 InferenceService in 1 file: all fine'] });
});
