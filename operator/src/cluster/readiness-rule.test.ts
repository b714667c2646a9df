import { expect, test } from 'vitest';
import type { RawContainer, RawPodSpec } from './api-shapes.ts';
import { type ReadinessRule, readinessRule } from './readiness-rule.ts';

const http: RawContainer = {
  name: 'app',
  ports: [{ name: 'web', containerPort: 8080 }],
  readinessProbe: { httpGet: { path: '/ready', port: 'web' } },
};
const rule = (containers: RawContainer[], more: Partial<RawPodSpec> = {}): ReadinessRule =>
  readinessRule({ containers, ...more });

test('an HTTP probe may be made by the proxy, its port found by name', () => {
  expect(rule([http])).toEqual({
    kind: 'probe',
    container: 'app',
    probe: { kind: 'http', port: 8080, path: '/ready', timeoutMs: 1000 },
  });
});

test('scheme, headers, timeout and a path without slash are taken as the kubelet takes them', () => {
  const readinessProbe = {
    httpGet: {
      path: 'ready',
      port: 8443,
      scheme: 'HTTPS',
      httpHeaders: [{ name: 'x-a', value: '1' }, { name: 'x-b' }],
    },
    timeoutSeconds: 90,
  };
  expect(rule([{ ...http, readinessProbe }])).toMatchObject({
    probe: {
      kind: 'https',
      port: 8443,
      path: '/ready',
      headers: [
        ['x-a', '1'],
        ['x-b', ''],
      ],
      timeoutMs: 60_000,
    },
  });
});

test('a TCP probe may be made by the proxy, also beside containers without a probe', () => {
  const tcp = { name: 'app', readinessProbe: { tcpSocket: { port: 9 } } };
  expect(rule([{ name: 'side' }, tcp])).toEqual({
    kind: 'probe',
    container: 'app',
    probe: { kind: 'tcp', port: 9, timeoutMs: 1000 },
  });
});

test('without any readiness probe the first connect decides, early', () => {
  expect(rule([{ name: 'app' }])).toEqual({ kind: 'connect', early: true });
});

const waits: readonly [string, RawContainer[], Partial<RawPodSpec>][] = [
  ['an exec probe', [{ ...http, readinessProbe: { exec: {} } }], {}],
  ['a gRPC probe', [{ ...http, readinessProbe: { grpc: {} } }], {}],
  ['a startup probe', [{ ...http, startupProbe: {} }], {}],
  ['a startup probe on another container', [http, { name: 'side', startupProbe: {} }], {}],
  ['a second probed container', [http, { ...http, name: 'side' }], {}],
  ['a readiness gate', [http], { readinessGates: [{}] }],
  ['a restartable init container', [http], { initContainers: [{ name: 'i', restartPolicy: 'Always' }] }],
  ['a mesh sidecar', [http, { name: 'istio-proxy' }], {}],
  ['more than one success wanted', [{ ...http, readinessProbe: { ...http.readinessProbe, successThreshold: 2 } }], {}],
  ['a port name that is not declared', [{ ...http, ports: [] }], {}],
];
for (const [what, containers, more] of waits) {
  test(`with ${what} only Ready decides`, () => {
    expect(rule(containers, more)).toEqual({ kind: 'wait' });
  });
}

test('an init container that ends is no obstacle', () => {
  expect(rule([http], { initContainers: [{ name: 'i' }] }).kind).toBe('probe');
});

test('without a readiness probe but with a startup probe the connect comes after Ready', () => {
  expect(rule([{ name: 'app', startupProbe: {} }])).toEqual({ kind: 'connect', early: false });
});
