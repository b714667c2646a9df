import { expect, test } from 'vitest';
import type { Pod } from '../objects.ts';
import { compareForDeletion } from './scale-down-order.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

interface Shape {
  node?: string;
  phase?: string;
  /** Seconds since it became ready; null = not ready. */
  ready?: number | null;
  cost?: string;
  restarts?: number;
  created?: number;
  uid?: string;
}

function pod({
  node = 'local',
  phase = 'Running',
  ready = 100,
  cost,
  restarts = 0,
  created = 200,
  uid = 'u',
}: Shape): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      uid,
      resourceVersion: '',
      creationTimestamp: ago(created),
      ...(cost === undefined ? {} : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
    },
    spec: { containers: [], ...(node ? { nodeName: node } : {}) },
    status: {
      phase,
      conditions: ready === null ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: ago(ready) }],
      containerStatuses: [{ name: 'app', ready: ready !== null, restartCount: restarts }],
    },
  };
}

/** The first is to go, the second to stay; each row differs in what the rule names and, the other way, in the rule after. */
const rules: [string, Shape, Shape][] = [
  ['unassigned before assigned', { node: '', phase: 'Running' }, { phase: 'Pending' }],
  ['Pending before Running, though its cost is higher', { phase: 'Pending', cost: '9' }, { ready: null }],
  ['Unknown between Pending and Running', { phase: 'Unknown' }, { ready: null }],
  ['not ready before ready, though its cost is higher', { ready: null, cost: '100' }, { cost: '-100' }],
  ['lower cost first, though it has been ready longer', { cost: '-5', ready: 1000 }, { ready: 1 }],
  ['no cost is 0', {}, { cost: '1' }],
  ['a cost that is no integer is 0', { cost: '1e9', ready: 1 }, { cost: '0', ready: 1000 }],
  ['ready for a much shorter time first, though restarted less', { ready: 1 }, { ready: 1000, restarts: 9 }],
  ['ready times of about the same age: by uid', { ready: 100, uid: 'a' }, { ready: 99, uid: 'b' }],
  ['more restarts first, though older', { restarts: 2, created: 9000 }, { restarts: 1, created: 150 }],
  ['created much later first', { created: 101 }, { created: 9000 }],
];

test.each(rules)('%s', (_, first, second) => {
  expect(compareForDeletion(pod(first), pod(second), NOW)).toBeLessThan(0);
  expect(compareForDeletion(pod(second), pod(first), NOW)).toBeGreaterThan(0);
});

test('all rules at once give one order', () => {
  const order: Shape[] = [
    { node: '' },
    { phase: 'Pending' },
    { phase: 'Unknown' },
    { ready: null, restarts: 3 },
    { ready: null, restarts: 1 },
    { cost: '-1' },
    { ready: 2 },
    { ready: 5000 },
    { cost: '7' },
  ];
  const shuffled = [...order].map(pod).reverse();
  const sorted = shuffled.sort((a, b) => compareForDeletion(a, b, NOW));
  expect(sorted).toEqual(order.map(pod));
});
