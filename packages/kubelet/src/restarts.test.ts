import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ManualClock, manualClock } from '@rouse/contract/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ContainerStatus } from './pod.ts';
import { condition, type NodeUnderTest, shell, startNode } from './testing/node-under-test.ts';
import { isAlive, until } from './testing/until.ts';

let clock: ManualClock;
let node: NodeUnderTest;
beforeEach(async () => {
  clock = manualClock();
  node = await startNode(clock);
});
afterEach(() => node.close());

const statusWhen = async (what: string, check: (status: ContainerStatus) => boolean) =>
  (await node.podWhen('app', what, (_pod, status) => check(status))).status!.containerStatuses![0]!;
const inBackoff = (seconds: string) => (status: ContainerStatus) =>
  status.state.waiting?.reason === 'CrashLoopBackOff' &&
  status.state.waiting.message!.startsWith(`back-off ${seconds} `);

test('an app that exits is restarted at once, then after 10, 20 and 40 s in CrashLoopBackOff', async () => {
  const pod = node.api.create('app', shell('echo up; exit 7'));
  const starts = () => node.lines.filter((line) => line === '[app] up').length;
  const first = await statusWhen('10 s', inBackoff('10s'));
  expect(starts()).toBe(2);
  expect(first).toMatchObject({
    ready: false,
    started: false,
    restartCount: 1,
    state: {
      waiting: {
        message: `back-off 10s restarting failed container=main pod=app_default(${pod.metadata.uid})`,
      },
    },
    lastState: { terminated: { exitCode: 7, reason: 'Error', containerID: first.containerID } },
  });
  expect(condition(node.api.pod('app'), 'Ready')).toBe('False');
  expect(node.api.pod('app')?.status?.phase).toBe('Running');

  clock.advance(9_999);
  expect(node.api.pod('app')?.status?.containerStatuses?.[0]?.restartCount).toBe(1);
  clock.advance(1);
  expect(await statusWhen('20 s', inBackoff('20s'))).toMatchObject({ restartCount: 2 });
  clock.advance(20_000);
  expect(await statusWhen('40 s', inBackoff('40s'))).toMatchObject({ restartCount: 3 });
  expect(starts()).toBe(4);
  const told = node.api.events().filter((each) => each.reason === 'BackOff');
  expect(told).toHaveLength(1);
  await until('the Event counted up', () =>
    node.api.writes.some((each) => each.method === 'PATCH' && each.body.count === 3),
  );
});

test('a container that ran ten minutes is restarted at once again', async () => {
  const flag = join(node.folder, 'go');
  node.api.create(
    'app',
    shell(
      `if [ -e '${flag}' ]; then rm '${flag}'; exit 1; fi; echo up; while [ ! -e '${flag}' ]; do sleep 0.02; done; rm '${flag}'; exit 1`,
    ),
  );
  const runningAs = (count: number) => (status: ContainerStatus) =>
    status.state.running !== undefined && status.restartCount === count;
  await statusWhen('up', runningAs(0));
  await node.lineWhen((line) => line === '[app] up');
  await writeFile(flag, '');
  await statusWhen('restarted at once', runningAs(1));
  await writeFile(flag, '');
  await statusWhen('backing off', inBackoff('10s'));
  clock.advance(10_000);
  await statusWhen('third', runningAs(2));
  clock.advance(600_000);
  await writeFile(flag, '');
  await statusWhen('fourth at once', runningAs(3));
});

test('an app ended by a signal says which, and one that ends well is Completed', async () => {
  node.api.create('app', shell('kill -SEGV $$$$'));
  expect((await statusWhen('ended', inBackoff('10s'))).lastState.terminated).toMatchObject({
    exitCode: 139,
    signal: 11,
    reason: 'Error',
  });
  node.api.create('done', shell('exit 0'));
  const pod = await node.podWhen('done', 'ended', (_pod, status) => inBackoff('10s')(status));
  expect(pod.status?.containerStatuses?.[0]?.lastState.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
});

test('restartPolicy Never and OnFailure end as Succeeded or Failed', async () => {
  node.api.create('good', { ...shell('exit 0'), restartPolicy: 'OnFailure' });
  node.api.create('bad', { ...shell('exit 1'), restartPolicy: 'Never' });
  await node.podWhen('good', 'Succeeded', (pod) => pod.status?.phase === 'Succeeded');
  const bad = await node.podWhen('bad', 'Failed', (pod) => pod.status?.phase === 'Failed');
  expect(bad.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 1 } } });
});

test('a daemon that the app left behind does not outlive it, so that the restart finds its port free', async () => {
  const script = `const child = require('node:child_process').spawn('sleep', ['60'], {detached: true, stdio: 'ignore'});
    console.log('daemon ' + child.pid);
    process.exitCode = 1;
    child.unref();`;
  node.api.create('app', { containers: [{ name: 'main', command: [process.execPath, '-e', script] }] });
  await statusWhen('ended twice', inBackoff('10s'));
  const pids = node.lines.filter((line) => line.includes('daemon')).map((line) => Number(line.split(' ')[2]));
  expect(pids).toHaveLength(2);
  expect(await Promise.all(pids.map(isAlive))).toEqual([false, false]);
});

test('an app that cannot be executed backs off as one that exits', async () => {
  node.api.create('app', { containers: [{ name: 'main', command: ['no-such-program'] }] });
  await statusWhen('told', (status) => status.state.waiting?.reason === 'RunContainerError');
  clock.advance(1000);
  expect(await statusWhen('10 s', inBackoff('10s'))).toMatchObject({
    restartCount: 1,
    lastState: { terminated: { reason: 'StartError' } },
  });
});

test('a pod that an earlier kubelet ran counts on', async () => {
  const spec = shell('exec sleep 60');
  const pod = node.api.create('app', { ...spec, nodeName: 'unknown' });
  const terminated = {
    exitCode: 1,
    reason: 'Error',
    startedAt: '2026-01-01T00:00:00Z',
    finishedAt: '2026-01-01T00:00:00Z',
  };
  const before = {
    name: 'main',
    image: '',
    imageID: '',
    ready: true,
    started: true,
    restartCount: 4,
    containerID: 'rouse://old',
    state: { terminated },
    lastState: {},
  };
  node.api.replace({
    ...pod,
    spec: { ...pod.spec, nodeName: 'here' },
    status: { phase: 'Running', containerStatuses: [before] },
  });
  const status = await statusWhen('running', (each) => each.state.running !== undefined);
  expect(status).toMatchObject({ restartCount: 5, lastState: { terminated } });
});
