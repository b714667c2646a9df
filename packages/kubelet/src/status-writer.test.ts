import { type ManualClock, manualClock } from '@rouse/contract/testing';
import { connect, type Kube } from '@rouse/kube';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Pod, PodStatus } from './pod.ts';
import { type StatusWriter, statusWriter } from './status-writer.ts';
import { type PodApi, startPodApi } from './testing/pod-api.ts';
import { until } from './testing/until.ts';

let api: PodApi;
let kube: Kube;
let clock: ManualClock;
let pod: Pod;
let status: PodStatus;
let writer: StatusWriter;
const warnings: string[] = [];

beforeEach(async () => {
  api = await startPodApi();
  kube = connect({ server: api.url });
  clock = manualClock();
  pod = api.create('app', {});
  warnings.length = 0;
  writer = statusWriter({
    kube,
    clock,
    log: { info: () => undefined, warn: (message) => warnings.push(message) },
    pod: () => pod,
    status: () => status,
    onPod: (newer) => {
      pod = newer;
    },
  });
});
afterEach(async () => {
  writer.close();
  await kube.close();
  await api.close();
});

function change(podIP: string): void {
  status = { ...pod.status, phase: 'Running', podIP };
  writer.changed();
}
const written = () => api.writes.map((each) => each.body.status?.podIP);

test('changes during a write go together into the next, and the last one always arrives', async () => {
  for (let index = 0; index < 50; index++) change(`10.0.0.${index}`);
  await writer.settled();
  expect(written()).toEqual(['10.0.0.49']);
  change('10.0.0.50');
  await until('the write to begin', () => api.writes.length === 2);
  for (let index = 51; index < 60; index++) change(`10.0.0.${index}`);
  await writer.settled();
  expect(written()).toEqual(['10.0.0.49', '10.0.0.50', '10.0.0.59']);
});

test('what is already written is not written again', async () => {
  change('10.0.0.1');
  await writer.settled();
  change('10.0.0.1');
  await writer.settled();
  expect(api.writes).toHaveLength(1);
});

test('a conflict with another writer reads again and loses nothing of either', async () => {
  api.annotate('app', { theirs: 'yes' });
  change('10.0.0.1');
  await writer.settled();
  expect(api.pod('app')).toMatchObject({ metadata: { annotations: { theirs: 'yes' } }, status: { podIP: '10.0.0.1' } });
  expect(pod.metadata.annotations).toEqual({ theirs: 'yes' });
});

test('a failing API is tried again, with the newest state, and said once', async () => {
  api.failNext = 2;
  change('10.0.0.1');
  await until('a failure', () => api.writes.length === 1);
  status = { ...status, podIP: '10.0.0.2' };
  await until('success', () => {
    clock.advance(50);
    return api.pod('app')?.status?.podIP === '10.0.0.2';
  });
  expect(written()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.2']);
  expect(warnings).toHaveLength(1);
});

test('a pod that is gone, or replaced by one of the same name, is not written', async () => {
  api.remove('app');
  const successor = api.create('app', {});
  change('10.0.0.1');
  await writer.settled();
  expect(api.pod('app')).toEqual(successor);
  change('10.0.0.2');
  await writer.settled();
  expect(api.writes).toHaveLength(1);
});

test('a closed writer gives up its wait', async () => {
  api.failNext = 1;
  change('10.0.0.1');
  await until('a failure', () => warnings.length === 1);
  writer.close();
  await writer.settled();
  expect(api.writes).toHaveLength(1);
});
