import { afterEach, expect, test } from 'vitest';
import { condition, type NodeUnderTest, realClock, shell, startNode } from './testing/node-under-test.ts';
import { isAlive, until } from './testing/until.ts';

let node: NodeUnderTest;
afterEach(() => node.close());

test('a pod bound to the node is started within a few ms, and its status is what a kubelet writes', async () => {
  node = await startNode(realClock);
  await until('the watch', () => node.api.create('first', shell('echo $$$$; exec sleep 60')));
  const pod = await node.podWhen('first', 'running', (_pod, status) => status.state.running !== undefined);
  const pid = Number((await node.lineWhen((line) => line.startsWith('[first] '))).split(' ')[1]);
  expect(await isAlive(pid)).toBe(true);
  expect(pod.status).toMatchObject({
    phase: 'Running',
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    hostIP: '127.0.0.1',
    startTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    containerStatuses: [{ name: 'main', image: 'test', ready: true, started: true, restartCount: 0, lastState: {} }],
  });
  expect(pod.status?.containerStatuses?.[0]?.containerID).toMatch(/^rouse:\/\//);
  for (const type of ['Initialized', 'ContainersReady', 'Ready']) expect(condition(pod, type)).toBe('True');
  expect(pod.status?.conditions?.find((each) => each.type === 'PodScheduled')).toEqual({
    type: 'PodScheduled',
    status: 'True',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
});

test('a pod of another node is left alone', async () => {
  node = await startNode(realClock);
  node.api.create('theirs', { ...shell('exec sleep 60'), nodeName: 'elsewhere' });
  node.api.create('ours', shell('exec sleep 60'));
  await node.podWhen('ours', 'running', (_pod, status) => status.state.running !== undefined);
  expect(node.api.pod('theirs')?.status?.containerStatuses).toBeUndefined();
});

test('a deleted pod gets SIGTERM, is not ready at once, ends with a final status and is then removed by uid', async () => {
  node = await startNode(realClock);
  node.api.create('going', shell('trap "echo bye; sleep 0.2; exit 3" TERM; echo up; while :; do sleep 0.02; done'));
  await node.lineWhen((line) => line === '[going] up');
  const { uid } = (await node.podWhen('going', 'ready', (pod) => condition(pod, 'Ready') === 'True')).metadata;
  node.api.delete('going');
  await until('gone', () => node.api.pod('going') === undefined);
  expect(node.lines).toContain('[going] bye');
  const statuses = node.api.writes
    .filter((each) => each.path.endsWith('/going/status'))
    .map((each) => each.body.status);
  expect(statuses.at(-2)).toMatchObject({
    phase: 'Running',
    conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'False' })]),
    containerStatuses: [{ state: { running: {} } }],
  });
  expect(statuses.at(-1)).toMatchObject({
    phase: 'Failed',
    containerStatuses: [{ ready: false, state: { terminated: { exitCode: 3, reason: 'Error' } } }],
  });
  expect(node.api.writes.at(-1)).toMatchObject({
    method: 'DELETE',
    body: { gracePeriodSeconds: 0, preconditions: { uid } },
  });
});
