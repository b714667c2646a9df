import { expect, test } from 'vitest';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const cases: [string, object, object, object][] = [
  [
    'containers merge by name and keep what the patch does not mention',
    {
      containers: [
        { name: 'app', image: 'a:1', command: ['x'] },
        { name: 'side', image: 's' },
      ],
    },
    { containers: [{ name: 'app', image: 'a:2' }] },
    {
      containers: [
        { name: 'app', image: 'a:2', command: ['x'] },
        { name: 'side', image: 's' },
      ],
    },
  ],
  [
    'an element nobody had is added',
    { containers: [{ name: 'app' }] },
    { containers: [{ name: 'new', image: 'n' }] },
    { containers: [{ name: 'app' }, { name: 'new', image: 'n' }] },
  ],
  [
    '$patch: delete removes one element',
    {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    },
    { env: [{ name: 'A', $patch: 'delete' }] },
    { env: [{ name: 'B', value: '2' }] },
  ],
  [
    '$patch: replace replaces the list',
    { env: [{ name: 'A' }, { name: 'B' }] },
    { env: [{ $patch: 'replace' }, { name: 'C' }] },
    { env: [{ name: 'C' }] },
  ],
  [
    'conditions merge by type, as a kubelet writes them',
    {
      conditions: [
        { type: 'Ready', status: 'False' },
        { type: 'Initialized', status: 'True' },
      ],
    },
    { conditions: [{ type: 'Ready', status: 'True', reason: null }] },
    {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Initialized', status: 'True' },
      ],
    },
  ],
  ['other lists are replaced', { args: ['a', 'b'] }, { args: ['c'] }, { args: ['c'] }],
  ['null deletes', { a: 1, b: { c: 2 } }, { a: null, b: { c: null } }, { b: {} }],
  [
    '$retainKeys drops the others',
    { strategy: { type: 'RollingUpdate', rollingUpdate: {} } },
    { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
    { strategy: { type: 'Recreate' } },
  ],
  ['finalizers are a set', { finalizers: ['a'] }, { finalizers: ['a', 'b'] }, { finalizers: ['a', 'b'] }],
  [
    '$deleteFromPrimitiveList',
    { finalizers: ['a', 'b'] },
    { '$deleteFromPrimitiveList/finalizers': ['a'] },
    { finalizers: ['b'] },
  ],
  [
    '$setElementOrder orders what it names and keeps the rest in place',
    { containers: [{ name: 'a' }, { name: 'own' }, { name: 'b' }] },
    { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'b', image: 'x' }] },
    { containers: [{ name: 'b', image: 'x' }, { name: 'a' }, { name: 'own' }] },
  ],
];

test.each(cases)('%s', (_, target, patch, expected) => {
  const before = JSON.stringify(target);
  expect(applyStrategicMergePatch(target, patch, 'Pod')).toEqual(expected);
  expect(JSON.stringify(target)).toBe(before);
});

test("a container's ports merge by containerPort, a Service's by port", () => {
  const pod = applyStrategicMergePatch(
    { ports: [{ containerPort: 80 }] },
    { ports: [{ containerPort: 80, name: 'h' }] },
    'Pod',
  );
  expect(pod).toEqual({ ports: [{ containerPort: 80, name: 'h' }] });
  const service = applyStrategicMergePatch(
    { ports: [{ port: 80, targetPort: 1 }] },
    { ports: [{ port: 80, targetPort: 2 }, { port: 81 }] },
    'Service',
  );
  expect(service).toEqual({ ports: [{ port: 80, targetPort: 2 }, { port: 81 }] });
});
