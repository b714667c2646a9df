import { afterEach, expect, test } from 'vitest';
import { condition, type NodeUnderTest, realClock, shell, startNode } from './testing/node-under-test.ts';
import { until } from './testing/until.ts';

let node: NodeUnderTest;
afterEach(() => node.close());

const [init] = shell('echo init; sleep 0.1', { name: 'init' }).containers;
const [second] = shell('echo second', { name: 'second' }).containers;

test('init containers run one after the other, and the others only then', async () => {
  node = await startNode(realClock);
  node.api.create('app', { ...shell('echo main; exec sleep 60'), initContainers: [init!, second!] });
  await node.podWhen('app', 'ready', (pod) => condition(pod, 'Ready') === 'True');
  await node.lineWhen((line) => line === '[app/main] main');
  expect(node.lines).toEqual(['[app/init] init', '[app/second] second', '[app/main] main']);
  const statuses = node.api.writes.filter((each) => each.path.endsWith('/app/status')).map((each) => each.body.status);
  expect(statuses[0]).toMatchObject({
    phase: 'Pending',
    initContainerStatuses: [
      { name: 'init', state: { running: {} } },
      { name: 'second', state: { waiting: { reason: 'PodInitializing' } } },
    ],
    containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
    conditions: expect.arrayContaining([
      expect.objectContaining({
        type: 'Initialized',
        status: 'False',
        reason: 'ContainersNotInitialized',
        message: 'containers with incomplete status: [init second]',
      }),
    ]),
  });
  expect(statuses.at(-1)?.initContainerStatuses).toMatchObject([
    { ready: true, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
    { ready: true, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
  ]);
});

test('an init container that fails is started again; with restartPolicy Never the pod has failed', async () => {
  node = await startNode(realClock);
  const [twice] = shell('if [ -e been ]; then echo ok; else touch been; exit 1; fi', { name: 'init' }).containers;
  node.api.create('app', { ...shell('exec sleep 60'), initContainers: [twice!] });
  await node.podWhen('app', 'ready', (pod) => condition(pod, 'Ready') === 'True');
  expect(node.api.pod('app')?.status?.initContainerStatuses?.[0]?.restartCount).toBe(1);

  const [fails] = shell('exit 3', { name: 'init' }).containers;
  node.api.create('never', { ...shell('echo never'), initContainers: [fails!], restartPolicy: 'Never' });
  const pod = await node.podWhen('never', 'failed', (each) => each.status?.phase === 'Failed');
  expect(pod.status?.initContainerStatuses?.[0]?.state.terminated?.exitCode).toBe(3);
  expect(node.lines).not.toContain('[never] never');
  node.api.delete('never');
  await until('gone', () => node.api.pod('never') === undefined);
});

test('a sidecar starts before the others, goes on beside them, and ends after them', async () => {
  node = await startNode(realClock);
  const loop = 'while :; do sleep 0.02; done';
  const [sidecar] = shell(`trap 'echo sidecar ends; exit 0' TERM; echo sidecar; ${loop}`, {
    name: 'sidecar',
    restartPolicy: 'Always',
  }).containers;
  const main = shell(`trap 'sleep 0.2; echo main ends; exit 0' TERM; echo main; ${loop}`);
  node.api.create('app', { ...main, initContainers: [sidecar!] });
  const pod = await node.podWhen('app', 'ready', (each) => condition(each, 'Ready') === 'True');
  expect(pod.status?.initContainerStatuses?.[0]).toMatchObject({ ready: true, started: true, state: { running: {} } });
  await node.lineWhen((line) => line === '[app/main] main');
  node.api.delete('app');
  await until('gone', () => node.api.pod('app') === undefined);
  // The shell tells of the `sleep` that the signal ended too.
  const said = node.lines.filter((line) => !line.endsWith('Terminated'));
  expect(said).toEqual([
    '[app/sidecar] sidecar',
    '[app/main] main',
    '[app/main] main ends',
    '[app/sidecar] sidecar ends',
  ]);
});

test('a pod deleted while an init container runs never starts the others', async () => {
  node = await startNode(realClock);
  const [endless] = shell('echo init; exec sleep 60', { name: 'init' }).containers;
  node.api.create('app', { ...shell('echo main'), initContainers: [endless!] });
  await node.lineWhen((line) => line === '[app/init] init');
  node.api.delete('app', 1);
  await until('gone', () => node.api.pod('app') === undefined);
  expect(node.lines).toEqual(['[app/init] init']);
  const last = node.api.writes.filter((each) => each.path.endsWith('/app/status')).at(-1)?.body.status;
  expect(last?.phase).toBe('Failed');
});

test('a status that is told late says first that the containers are being created, without an address', async () => {
  node = await startNode(realClock, { statusDelayMs: 300 });
  node.api.create('app', shell('echo up; exec sleep 60'));
  await node.lineWhen((line) => line === '[app] up');
  const first = await node.podWhen('app', 'told of', (_pod, status) => status.state.waiting !== undefined);
  expect(first.status?.podIP).toBeUndefined();
  expect(first.status).toMatchObject({ phase: 'Pending', hostIP: '127.0.0.1' });
  expect(first.status?.containerStatuses?.[0]?.state.waiting?.reason).toBe('ContainerCreating');
  const upMs = performance.now();
  const then = await node.podWhen('app', 'running', (_pod, status) => status.state.running !== undefined);
  expect(performance.now() - upMs).toBeGreaterThan(150);
  expect(then.status?.podIP).toBe('127.0.0.1');
});
