import { expect, test } from 'vitest';
import { observedPod, observedWorkload } from './observed-fixture.ts';
import { hasUsablePod, workloadState } from './usable-pods.ts';
import { workloadEntry } from './workload-entry.ts';

test('orders of a scale-down stand over what the API shows; the others keep their phase', () => {
  const pods = [observedPod('a'), observedPod('b', { phase: 'starting' }), observedPod('c')];
  const phases = new Map([['c', 'closed'] as const]);
  const entry = workloadEntry(observedWorkload({ pods }), 'awake', phases, 7);
  expect(entry.pods.map((pod) => [pod.uid, pod.phase])).toEqual([
    ['a', 'ready'],
    ['b', 'starting'],
    ['c', 'closed'],
  ]);
  expect(entry).toMatchObject({ alarm: 7, state: 'awake' });
});

test('a pod that leaves, or has no address or port yet, is not pushed', () => {
  const pods = [
    observedPod('a', { terminating: true }),
    observedPod('b', { address: null }),
    observedPod('c', { port: null }),
  ];
  expect(workloadEntry(observedWorkload({ pods }), 'waking', new Map(), null).pods).toEqual([]);
});

test('a pod that a sent patch may remove is not usable, so that an arrival is a new wake', () => {
  const observed = observedWorkload({ pods: [observedPod('a')], replicas: 0 });
  expect(hasUsablePod(observed, [], () => false)).toBe(true);
  expect(hasUsablePod(observed, [], () => true)).toBe(false);
  expect(workloadState(observed, 1, false)).toBe('waking');
  expect(workloadState(observed, 0, false)).toBe('asleep');
});
