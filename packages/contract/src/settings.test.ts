import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultClusterConfig } from './cluster-config.ts';
import { parseSettings } from './settings.ts';

function errors(annotations: Record<string, string>, config = defaultClusterConfig) {
  return parseSettings(annotations, config).problems.filter((problem) => problem.severity === 'error');
}

function notices(annotations: Record<string, string>) {
  return parseSettings(annotations).problems.filter((problem) => problem.severity === 'notice');
}

describe('defaults', () => {
  test('a Deployment without annotations gets the cluster defaults and no problem', () => {
    for (const none of [{}, null, undefined, new Map<string, string>()]) {
      expect(parseSettings(none)).toEqual({
        problems: [],
        settings: {
          class: 'kpa.autoscaling.knative.dev',
          metric: 'concurrency',
          target: null,
          utilizationPercentage: null,
          minScale: 0,
          maxScale: 0,
          initialScale: 1,
          activationScale: 1,
          scaleDownDelayMs: 0,
          retentionMs: 0,
          windowMs: 60_000,
          panicWindowPercentage: 10,
          panicThresholdPercentage: 200,
          algorithm: 'linear',
          enabled: null,
          routes: [],
          port: null,
          limits: {
            containerConcurrency: 0,
            wakeTimeoutMs: 300_000,
            responseTimeoutMs: 300_000,
            requestTimeoutMs: 0,
            idleTimeoutMs: 0,
            queueLimit: 10_000,
            maxBodyBytes: 0,
            drainTimeoutMs: 300_000,
          },
          quiet: [],
          quietStatus: 503,
          waitingPage: false,
          failFastUnschedulable: false,
          devCommand: null,
          paused: null,
        },
      });
    }
  });

  test('cluster defaults apply where no annotation stands, annotations win', () => {
    const config = { ...defaultClusterConfig, minScale: 2, stableWindow: 30_000 };
    const { settings } = parseSettings({ 'autoscaling.knative.dev/window': '10s' }, config);
    expect([settings.minScale, settings.windowMs]).toEqual([2, 10_000]);
  });
});

test('every annotation of Rouse is read', () => {
  const { settings, problems } = parseSettings({
    'rouse.dev/enabled': 'true',
    'rouse.dev/routes': 'Shop.Example.org/api/, *.example.net, *',
    'rouse.dev/port': 'http',
    'rouse.dev/container-concurrency': '8',
    'rouse.dev/wake-timeout': '30s',
    'rouse.dev/response-timeout': '1m30s',
    'rouse.dev/request-timeout': '10m',
    'rouse.dev/idle-timeout': '250ms',
    'rouse.dev/queue-limit': '5',
    'rouse.dev/drain-timeout': '0',
    'rouse.dev/max-body': '10MiB',
    'rouse.dev/quiet': 'path:/healthz, agent:kube-probe',
    'rouse.dev/quiet-status': '204',
    'rouse.dev/fail-fast': 'unschedulable',
    'rouse.dev/dev-command': 'node server.js',
    'rouse.dev/waiting-page': 'on',
    'rouse.dev/paused': '3',
  });
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({
    enabled: true,
    routes: ['shop.example.org/api', '*.example.net', '*'],
    port: 'http',
    limits: {
      containerConcurrency: 8,
      wakeTimeoutMs: 30_000,
      responseTimeoutMs: 90_000,
      requestTimeoutMs: 600_000,
      idleTimeoutMs: 250,
      queueLimit: 5,
      maxBodyBytes: 10_485_760,
      drainTimeoutMs: 0,
    },
    quiet: [
      { kind: 'path', value: '/healthz' },
      { kind: 'agent', value: 'kube-probe' },
    ],
    quietStatus: 204,
    failFastUnschedulable: true,
    devCommand: 'node server.js',
    waitingPage: true,
    paused: 3,
  });
});

test('paused is true or a number, never false', () => {
  expect(parseSettings({ 'rouse.dev/paused': 'true' }).settings.paused).toBe(true);
  expect(parseSettings({ 'rouse.dev/paused': '0' }).settings.paused).toBe(0);
  expect(errors({ 'rouse.dev/paused': 'false' })).toHaveLength(1);
});

test("KServe strips Knative's keys, so min-scale and max-scale have aliases", () => {
  const { settings } = parseSettings({ 'rouse.dev/min-scale': '2', 'rouse.dev/max-scale': '5' });
  expect([settings.minScale, settings.maxScale]).toEqual([2, 5]);
  expect(errors({ 'rouse.dev/min-scale': '-1' })).toMatchObject([{ key: 'rouse.dev/min-scale', value: '-1' }]);
});

test('two spellings that differ: the first wins, and that is told once', () => {
  const both = { 'autoscaling.knative.dev/max-scale': '3', 'rouse.dev/max-scale': '5' };
  expect(parseSettings(both).settings.maxScale).toBe(3);
  expect(notices(both)).toMatchObject([{ key: 'rouse.dev/max-scale', value: '5', fix: 'Remove rouse.dev/max-scale.' }]);
  expect(notices({ 'autoscaling.knative.dev/max-scale': '3', 'autoscaling.knative.dev/maxScale': '3' })).toEqual([]);
});

test('an unknown rouse.dev key is an error that suggests the nearest one', () => {
  expect(errors({ 'rouse.dev/wake-timeuot': '5s' })).toMatchObject([
    { key: 'rouse.dev/wake-timeuot', value: '5s', fix: expect.stringContaining('rouse.dev/wake-timeout') },
  ]);
  expect(errors({ 'rouse.dev/queueLimit': '5' })[0]?.fix).toContain('rouse.dev/queue-limit');
  expect(errors({ 'rouse.dev/__proto__': '5' })).toHaveLength(1);
  expect(errors({ 'rouse.dev/nonsense': '1' })[0]?.fix).toContain('there is no such annotation');
});

test.each(['metrics', 'behavior', 'schedule', 'depends-on', 'protocol'])('%s is reserved and refused', (name) => {
  expect(errors({ [`rouse.dev/${name}`]: 'x' })).toMatchObject([
    { key: `rouse.dev/${name}`, allowed: 'not in this version' },
  ]);
});

test('an unknown key of Knative is ignored, one that looks like a slip is noticed', () => {
  expect(parseSettings({ 'autoscaling.knative.dev/does-not-exist': 'x' }).problems).toEqual([]);
  expect(notices({ 'autoscaling.knative.dev/max-scales': '3' })).toMatchObject([
    { fix: expect.stringContaining('/max-scale instead') },
  ]);
});

test('annotations of others are none of our business', () => {
  expect(parseSettings({ 'deployment.kubernetes.io/revision': '1', 'kubectl.kubernetes.io/x': '' }).problems).toEqual(
    [],
  );
});

test('target-burst-capacity is accepted with a notice', () => {
  const given = { 'autoscaling.knative.dev/target-burst-capacity': '-1' };
  expect(errors(given)).toEqual([]);
  expect(notices(given)).toMatchObject([{ key: 'autoscaling.knative.dev/target-burst-capacity' }]);
});

test('another class is valid, told, and its metrics are not judged', () => {
  const given = {
    'autoscaling.knative.dev/class': 'hpa.autoscaling.knative.dev',
    'autoscaling.knative.dev/metric': 'cpu',
  };
  expect(errors(given)).toEqual([]);
  expect(notices(given)).toMatchObject([{ fix: expect.stringContaining('leaves it alone') }]);
  expect(parseSettings(given).settings.class).toBe('hpa.autoscaling.knative.dev');
});

test('an algorithm that upstream would silently take for linear is told', () => {
  const given = { 'autoscaling.knative.dev/metric-aggregation-algorithm': 'cubic' };
  expect(errors(given)).toEqual([]);
  expect(notices(given)).toMatchObject([{ value: 'cubic' }]);
});

test.each([
  'target',
  'target-utilization-percentage',
  'panic-window-percentage',
  'panic-threshold-percentage',
  'target-burst-capacity',
])('NaN is refused for %s, unlike upstream', (name) => {
  expect(errors({ [`autoscaling.knative.dev/${name}`]: 'NaN' })).toHaveLength(1);
});

test('several faults are all reported at once', () => {
  const given = { 'autoscaling.knative.dev/window': '5', 'rouse.dev/port': '0', 'rouse.dev/quiet': 'nope' };
  expect(errors(given).map((problem) => problem.key)).toEqual(Object.keys(given));
});

test('a bare number as duration gets the unit it lacks as its fix', () => {
  expect(errors({ 'rouse.dev/wake-timeout': '30' })[0]?.fix).toContain('30s');
});

test('no annotations whatever make it throw, and settings stay whole', () => {
  const key = fc.oneof(
    fc.constantFrom('rouse.dev/paused', 'autoscaling.knative.dev/min-scale', 'rouse.dev/routes'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.dictionary(key, fc.string()), (annotations) => {
      const { settings } = parseSettings(annotations);
      return Object.values(settings).every((value) => value !== undefined);
    }),
  );
});
