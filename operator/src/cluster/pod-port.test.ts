import { expect, test } from 'vitest';
import { resolvePort } from './pod-port.ts';
import { podRecord } from './test-records.ts';

const pod = podRecord({
  defaultContainer: 'app',
  ports: [
    { container: 'side', index: 0, name: 'metrics', port: 9090 },
    { container: 'app', index: 0, name: 'http', port: 8080 },
    { container: 'app', index: 1, name: null, port: 8081 },
  ],
});

test('a name is found on whichever container declares it', () => {
  expect(resolvePort(pod, 'metrics', [])).toEqual({ port: 9090, container: 'side' });
  expect(resolvePort(pod, 'none', [])).toBeNull();
});

test('with nothing wanted it is the first port of the default container', () => {
  expect(resolvePort(pod, null, [])).toEqual({ port: 8080, container: 'app' });
  expect(resolvePort({ ...pod, defaultContainer: 'other' }, null, [])).toBeNull();
});

test('a number is taken as it is, declared or not', () => {
  expect(resolvePort(pod, 9090, [])).toEqual({ port: 9090, container: 'side' });
  expect(resolvePort(pod, 7070, [])).toEqual({ port: 7070, container: 'app' });
});

test("where a pod was given other ports than its template, the number's place in the template counts", () => {
  const template = [
    { container: 'app', index: 0, name: 'http', port: 80 },
    { container: 'app', index: 1, name: null, port: 81 },
  ];
  expect(resolvePort(pod, 81, template)).toEqual({ port: 8081, container: 'app' });
});
