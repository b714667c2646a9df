import { expect, test } from 'vitest';
import type { ContainerState, ContainerStatus, Pod, PodCondition } from './pod.ts';
import { podStatus } from './pod-status.ts';

const NOW = '2026-01-02T00:00:00Z';
const BEFORE = '2026-01-01T00:00:00Z';
const running: ContainerState = { running: { startedAt: BEFORE } };
const waiting: ContainerState = { waiting: { reason: 'CrashLoopBackOff' } };
const exit = (exitCode: number): ContainerState => ({
  terminated: { exitCode, reason: 'x', startedAt: BEFORE, finishedAt: NOW },
});

function container(state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus {
  const ready = state.running !== undefined;
  return {
    name: 'main',
    image: '',
    imageID: '',
    ready,
    started: ready,
    restartCount: 0,
    state,
    lastState: {},
    ...more,
  };
}

interface Case {
  readonly containers: readonly ContainerStatus[];
  readonly spec?: Partial<Pod['spec']>;
  readonly conditions?: readonly PodCondition[];
  readonly terminating?: boolean;
  readonly ended?: boolean;
}

function statusOf({ containers, spec, conditions, terminating = false, ended = false }: Case) {
  const pod: Pod = {
    metadata: { name: 'app', namespace: 'default', uid: 'u', resourceVersion: '1' },
    spec: { containers: [], ...spec },
    ...(conditions === undefined ? {} : { status: { conditions } }),
  };
  return podStatus({
    pod,
    containers,
    podIp: '10.0.0.2',
    hostIp: '10.0.0.1',
    startTime: NOW,
    now: NOW,
    terminating,
    ended,
  });
}

const conditionOf = (given: Case, type: string) => statusOf(given).conditions?.find((each) => each.type === type);

test.each<[string, Case, string]>([
  ['running', { containers: [container(running)] }, 'Running'],
  ['not yet started', { containers: [container(waiting)] }, 'Pending'],
  ['one of two not yet started', { containers: [container(running), container(waiting)] }, 'Pending'],
  ['in back-off after an exit', { containers: [container(waiting, { lastState: exit(1) })] }, 'Running'],
  ['ended well, restarted always', { containers: [container(exit(0))] }, 'Running'],
  ['ended well for good', { containers: [container(exit(0))], spec: { restartPolicy: 'OnFailure' } }, 'Succeeded'],
  ['failed, to be restarted', { containers: [container(exit(1))], spec: { restartPolicy: 'OnFailure' } }, 'Running'],
  ['failed for good', { containers: [container(exit(1))], spec: { restartPolicy: 'Never' } }, 'Failed'],
  [
    'one of two ended',
    { containers: [container(exit(0)), container(running)], spec: { restartPolicy: 'Never' } },
    'Running',
  ],
  ['deleted, ended well', { containers: [container(exit(0))], terminating: true, ended: true }, 'Succeeded'],
  ['deleted, killed', { containers: [container(exit(137))], terminating: true, ended: true }, 'Failed'],
])('%s', (_situation, given, phase) => {
  expect(statusOf(given).phase).toBe(phase);
});

test('Ready names the containers that are not', () => {
  const second = container(waiting, { name: 'second', lastState: exit(1) });
  const given: Case = { containers: [container(running), second] };
  for (const type of ['Ready', 'ContainersReady']) {
    expect(conditionOf(given, type)).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [second]',
    });
  }
});

test('a readiness gate closes Ready and not ContainersReady until its condition is True', () => {
  const given: Case = { containers: [container(running)], spec: { readinessGates: [{ conditionType: 'gate' }] } };
  expect(conditionOf(given, 'Ready')).toMatchObject({ status: 'False', reason: 'ReadinessGatesNotReady' });
  expect(conditionOf(given, 'ContainersReady')).toMatchObject({ status: 'True' });
  expect(conditionOf({ ...given, conditions: [{ type: 'gate', status: 'True' }] }, 'Ready')).toMatchObject({
    status: 'True',
  });
});

test('a transition time moves with the status only, and conditions of others stay as they are', () => {
  const scheduled: PodCondition = { type: 'PodScheduled', status: 'True', lastTransitionTime: BEFORE, reason: 'x' };
  const ready: PodCondition = { type: 'Ready', status: 'True', lastTransitionTime: BEFORE };
  const conditions = [scheduled, ready];
  expect(conditionOf({ containers: [container(running)], conditions }, 'Ready')?.lastTransitionTime).toBe(BEFORE);
  expect(conditionOf({ containers: [container(exit(1))], conditions }, 'Ready')?.lastTransitionTime).toBe(NOW);
  expect(conditionOf({ containers: [container(running)], conditions }, 'PodScheduled')).toEqual(scheduled);
});

test('a pod asked to go is not ready though its containers run', () => {
  const given: Case = { containers: [container(running)], terminating: true };
  expect(conditionOf(given, 'Ready')?.status).toBe('False');
  expect(statusOf(given).containerStatuses?.[0]).toMatchObject({ ready: false, state: running });
});
