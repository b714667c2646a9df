import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inferenceProblems, readInferenceService, routeOfUrl, writtenAnnotations } from './inference-service.ts';
import { formatProblem } from './problem.ts';
import { parseSettings } from './settings.ts';

const TARGET = 'autoscaling.knative.dev/target';
const METRIC = 'autoscaling.knative.dev/metric';
const MIN = 'autoscaling.knative.dev/min-scale';

function service(predictor: object, annotations: object = {}, status: object = {}) {
  return readInferenceService({ metadata: { name: 'iris', annotations }, spec: { predictor }, status });
}
function parse(predictor: object, annotations: object = {}, own: Record<string, string> = {}) {
  const owner = { service: service(predictor, annotations), component: 'predictor' };
  return parseSettings(own, undefined, owner);
}

test('the fields of a component give bounds, metric, target and concurrency', () => {
  const { settings, problems } = parse({
    minReplicas: 0,
    maxReplicas: 4,
    scaleMetric: 'rps',
    scaleTarget: 50,
    containerConcurrency: 8,
  });
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({ minScale: 0, maxScale: 4, metric: 'rps', target: 50 });
  expect(settings.limits.containerConcurrency).toBe(8);
});

test('without minReplicas one pod stays, as KServe has it, unless an annotation says otherwise', () => {
  expect(parse({}).settings.minScale).toBe(1);
  expect(parse({}, { [MIN]: '0' }).settings.minScale).toBe(0);
  expect(parse({}, {}, { [MIN]: '2' }).settings.minScale).toBe(2);
  expect(parse({}, { 'rouse.dev/min-scale': '0' }).settings.minScale).toBe(0);
});

test('a component that the InferenceService does not have gets its annotations and nothing more', () => {
  const owner = { service: service({ minReplicas: 3 }, { [TARGET]: '5' }), component: 'explainer' };
  expect(parseSettings({}, undefined, owner).settings).toMatchObject({ minScale: 0, target: 5 });
});

const order: readonly [what: string, target: number, predictor: object, annotations: object, own: object][] = [
  ["the Deployment's own annotation wins over the field", 7, { scaleTarget: 5 }, { [TARGET]: '3' }, { [TARGET]: '7' }],
  ["the field wins over Knative's annotation", 5, { scaleTarget: 5 }, { [TARGET]: '3' }, {}],
  [
    'what KServe copied to the Deployment is no word of its own',
    5,
    { scaleTarget: 5 },
    { [TARGET]: '3' },
    { [TARGET]: '3' },
  ],
  [
    "the component's annotation wins over the InferenceService's",
    4,
    { annotations: { [TARGET]: '4' } },
    { [TARGET]: '3' },
    {},
  ],
  ["the InferenceService's annotation counts where there is no field", 3, {}, { [TARGET]: '3' }, {}],
];
for (const [what, target, predictor, annotations, own] of order) {
  test(`${what}`, () => {
    const { settings, problems } = parse(predictor, annotations, own as Record<string, string>);
    expect([settings.target, problems]).toEqual([target, []]);
  });
}

test('an annotation of ours wins over the field under either of its names, and is not told to be there twice', () => {
  const { settings, problems } = parse({ minReplicas: 1, maxReplicas: 9 }, { 'rouse.dev/min-scale': '0' });
  expect([settings.minScale, settings.maxScale, problems]).toEqual([0, 9, []]);
  const own = parse({ minReplicas: 1 }, {}, { 'autoscaling.knative.dev/minScale': '2' });
  expect([own.settings.minScale, own.problems]).toEqual([2, []]);
});

test('a bad value names the InferenceService, its field, the range and the fix', () => {
  const { problems } = parse({ minReplicas: -1 });
  expect(problems).toMatchObject([{ source: 'manifest', severity: 'error', value: '-1' }]);
  expect(formatProblem(problems[0]!)).toBe(
    'InferenceService iris spec.predictor.minReplicas: "-1" is not accepted; allowed: an integer from 0 to 2147483647. ' +
      'Set InferenceService iris spec.predictor.minReplicas to a value in that range: at least 0.',
  );
});

test('a bad or unknown annotation of the InferenceService is told as the one of the InferenceService', () => {
  const { problems } = parse(
    { minReplicas: 3, maxReplicas: 2 },
    { 'rouse.dev/wake-timeout': 'soon', 'rouse.dev/rout': 'a' },
  );
  expect(problems.map(({ key }) => key)).toEqual([
    'InferenceService iris spec.predictor.maxReplicas',
    'InferenceService iris rouse.dev/wake-timeout',
    'InferenceService iris rouse.dev/rout',
  ]);
});

for (const metric of ['cpu', 'memory']) {
  test(`scaleMetric ${metric} is refused with the right place for it, and its target is none of ours`, () => {
    const { settings, problems } = parse({ scaleMetric: metric, scaleTarget: 80, minReplicas: 2 });
    expect(problems).toMatchObject([{ key: 'InferenceService iris spec.predictor.scaleMetric', severity: 'error' }]);
    expect(problems[0]?.fix).toContain('serving.kserve.io/autoscalerClass: hpa');
    expect(settings).toMatchObject({ metric: 'concurrency', target: null, minScale: 2 });
  });
}

test('any other metric is refused as an annotation would be', () => {
  const { problems } = parse({ scaleMetric: 'gpu' });
  expect(problems).toMatchObject([{ value: 'gpu', allowed: 'one of `concurrency`, `rps`' }]);
});

test("where the Deployment's own metric counts, scaleTarget is not taken for a target of that one", () => {
  const { settings, problems } = parse({ scaleMetric: 'cpu', scaleTarget: 80 }, {}, { [METRIC]: 'rps' });
  expect([settings.metric, settings.target, problems]).toEqual(['rps', null, []]);
  expect(parse({ scaleMetric: 'rps', scaleTarget: 80 }, {}, { [METRIC]: 'rps' }).settings.target).toBe(80);
});

test("with another autoscaler's class the metric is not judged", () => {
  const annotations = { 'autoscaling.knative.dev/class': 'hpa.autoscaling.knative.dev', [METRIC]: 'cpu' };
  const { settings, problems } = parse({}, annotations);
  expect(settings.class).toBe('hpa.autoscaling.knative.dev');
  expect(problems).toMatchObject([{ severity: 'notice', source: 'manifest' }]);
});

const CLASS = 'serving.kserve.io/autoscalerClass';
const classes: readonly [string | undefined, string][] = [
  [undefined, 'makes an autoscaler'],
  ['hpa', 'makes an autoscaler'],
  ['keda', 'makes an autoscaler'],
  ['none', 'sets the replicas itself'],
];
for (const [value, why] of classes) {
  test(`KServe's autoscaler class ${value ?? 'left out'} is told with the one that leaves scaling to Rouse`, () => {
    const problems = inferenceProblems(service({}, value === undefined ? {} : { [CLASS]: value }), 'predictor');
    expect(problems).toMatchObject([{ key: `InferenceService iris ${CLASS}`, value: value ?? '' }]);
    expect(problems[0]?.fix).toContain(`${CLASS}: external; without it KServe ${why}`);
  });
}

test('class external is right, also where only the component says so', () => {
  expect(inferenceProblems(service({}, { [CLASS]: 'external' }), 'predictor')).toEqual([]);
  const component = readInferenceService({
    spec: { predictor: {}, transformer: { annotations: { [CLASS]: 'external' } } },
  });
  expect(inferenceProblems(component, 'transformer')).toEqual([]);
});

test('the route of an address is its host in lower case, with the path where KServe routes by path', () => {
  expect(routeOfUrl('http://Iris.default.example.com')).toBe('iris.default.example.com');
  expect(routeOfUrl('https://iris.example.org:8443/')).toBe('iris.example.org');
  expect(routeOfUrl('http://example.org/serving/ml/iris/')).toBe('example.org/serving/ml/iris');
  expect([routeOfUrl(''), routeOfUrl('iris'), routeOfUrl('data:,x')]).toEqual([null, null, null]);
});

test('an address that is none is told, with where it stands', () => {
  const odd = service(
    {},
    { [CLASS]: 'external' },
    { url: 'nowhere', components: { predictor: { url: 'http://a_b c' } } },
  );
  expect(inferenceProblems(odd, 'predictor').map(({ key, value }) => [key, value])).toEqual([
    ['InferenceService iris status.url', 'nowhere'],
    ['InferenceService iris status.components.predictor.url', 'http://a_b c'],
  ]);
});

test('readers of annotations see what KServe would have copied, under what the Deployment says itself', () => {
  const iris = service({ annotations: { [TARGET]: '2' } }, { 'rouse.dev/enabled': 'true', [CLASS]: 'hpa', other: 'x' });
  expect([...writtenAnnotations({ 'rouse.dev/enabled': 'false' }, iris, 'predictor')]).toEqual([
    ['rouse.dev/enabled', 'false'],
    [TARGET, '2'],
  ]);
});

test('whatever stands in an InferenceService, reading it throws nothing, and what is wrong has its place', () => {
  const key = fc.constantFrom(
    ...['metadata', 'spec', 'status', 'predictor', 'annotations', 'minReplicas', 'scaleMetric', 'scaleTarget', 'url'],
    ...['components', 'workerSpec', TARGET, MIN, '__proto__', 'constructor'],
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 5 }, fc.jsonValue(), fc.string(), fc.integer(), fc.dictionary(key, tie('tree'))),
  }));
  fc.assert(
    fc.property(tree, fc.dictionary(key, fc.string()), (object, own) => {
      const read = readInferenceService(object);
      const { problems } = parseSettings(own, undefined, { service: read, component: 'predictor' });
      for (const problem of [...problems, ...inferenceProblems(read, 'predictor')]) expect(problem.key).not.toBe('');
    }),
  );
});
