import { type ManualClock, manualClock } from '@rouse/contract/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { condition, type NodeUnderTest, shell, startNode } from './testing/node-under-test.ts';
import { isAlive, until } from './testing/until.ts';

const STUBBORN = `trap 'echo asked' TERM; echo pid $$$$; while :; do sleep 0.02; done`;

let clock: ManualClock;
let node: NodeUnderTest;
beforeEach(async () => {
  clock = manualClock();
  node = await startNode(clock);
});
afterEach(async () => {
  const closed = node.close();
  clock.advance(10_000);
  await closed;
});

async function started(name: string): Promise<number> {
  const line = await node.lineWhen((each) => each.startsWith(`[${name}] pid `));
  await node.podWhen(name, 'ready', (pod) => condition(pod, 'Ready') === 'True');
  return Number(line.split(' ')[2]);
}
const asked = () => node.lineWhen((line) => line.endsWith('asked'));
const gone = (name: string) => until(`${name} gone`, () => node.api.pod(name) === undefined);

test('an app that ignores SIGTERM is killed when the grace period is over, not before', async () => {
  node.api.create('app', shell(STUBBORN));
  const pid = await started('app');
  node.api.delete('app', 20);
  await asked();
  clock.advance(19_999);
  expect(await isAlive(pid)).toBe(true);
  clock.advance(1);
  await gone('app');
  expect(await isAlive(pid)).toBe(false);
  const last = node.api.writes.filter((each) => each.path.endsWith('/status')).at(-1)!.body.status;
  expect(last?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 137, signal: 9, reason: 'Error' });
  const killing = node.api.events().filter((each) => each.reason === 'Killing');
  expect(killing.map((each) => each.message)).toEqual(['Stopping container main']);
});

test('the grace period of the pod is used where the deletion has none, and a second deletion shortens it', async () => {
  node.api.create('app', { ...shell(STUBBORN), terminationGracePeriodSeconds: 60 });
  const pid = await started('app');
  node.api.delete('app');
  await asked();
  clock.advance(5000);
  node.api.delete('app', 2);
  await until('the second deletion is seen', () => {
    clock.advance(50);
    return node.api.pod('app') === undefined;
  });
  expect(clock.nowMs()).toBeGreaterThanOrEqual(7000);
  expect(clock.nowMs()).toBeLessThan(60_000);
  expect(await isAlive(pid)).toBe(false);
});

test('SIGTERM goes to all processes of the container', async () => {
  const child = `(trap 'echo child; exit' TERM; while :; do sleep 0.02; done) & trap 'wait; exit' TERM; echo pid $$$$; wait`;
  node.api.create('app', shell(child));
  await started('app');
  node.api.delete('app');
  await gone('app');
  expect(node.lines).toContain('[app] child');
});

test('a preStop sleep delays SIGTERM, and the pod is not ready meanwhile', async () => {
  node.api.create('app', shell(STUBBORN, { lifecycle: { preStop: { sleep: { seconds: 5 } } } }));
  await started('app');
  node.api.delete('app', 30);
  await node.podWhen('app', 'not ready', (pod) => condition(pod, 'Ready') === 'False');
  clock.advance(4999);
  await node.podWhen('app', 'still running', (_pod, status) => status.state.running !== undefined);
  expect(node.lines.some((line) => line.endsWith('asked'))).toBe(false);
  clock.advance(1);
  await asked();
  clock.advance(25_000);
  await gone('app');
});

test('a preStop sleep as long as the grace period leaves 2 s for SIGTERM', async () => {
  node.api.create('app', shell(STUBBORN, { lifecycle: { preStop: { sleep: { seconds: 50 } } } }));
  const pid = await started('app');
  node.api.delete('app', 3);
  await node.podWhen('app', 'not ready', (pod) => condition(pod, 'Ready') === 'False');
  clock.advance(3000);
  await asked();
  clock.advance(1999);
  expect(await isAlive(pid)).toBe(true);
  clock.advance(1);
  await gone('app');
});

test('a pod deleted by force goes at once: SIGTERM, a second, SIGKILL, and no write to the API', async () => {
  node.api.create('app', shell(STUBBORN));
  const pid = await started('app');
  node.api.remove('app');
  await asked();
  const writes = node.api.writes.filter((each) => each.path.includes('/pods/')).length;
  clock.advance(1000);
  await until('the end of it', async () => !(await isAlive(pid)));
  expect(node.api.writes.filter((each) => each.path.includes('/pods/'))).toHaveLength(writes);
});

test('a successor of the same name is another pod', async () => {
  node.api.create('app', shell(STUBBORN));
  const old = await started('app');
  node.api.remove('app');
  const { uid } = node.api.create('app', shell('echo new; exec sleep 60')).metadata;
  await node.lineWhen((line) => line === '[app] new');
  clock.advance(1000);
  await until('the end of the old', async () => !(await isAlive(old)));
  const pod = await node.podWhen('app', 'running', (_pod, status) => status.state.running !== undefined);
  expect(pod.metadata.uid).toBe(uid);
});

test('a pod that waits in back-off, or for a command, is deleted without waiting', async () => {
  node.api.create('crash', shell('exit 5'));
  node.api.create('none', { containers: [{ name: 'main' }] });
  await node.podWhen('crash', 'back-off', (_pod, status) => status.state.waiting?.reason === 'CrashLoopBackOff');
  await node.podWhen('none', 'no command', (_pod, status) => status.state.waiting !== undefined);
  node.api.delete('crash');
  node.api.delete('none');
  await gone('crash');
  await gone('none');
  const last = (name: string) =>
    node.api.writes.filter((each) => each.path.endsWith(`/${name}/status`)).at(-1)!.body.status!.containerStatuses![0]!
      .state;
  expect(last('crash').terminated).toMatchObject({ exitCode: 5 });
  expect(last('none').terminated).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' });
});

test('a pod created and deleted at once leaves nothing', async () => {
  node.api.create('app', shell('echo pid $$$$; exec sleep 60'));
  node.api.delete('app');
  await gone('app');
});

test('closing the kubelet ends every process and writes nothing', async () => {
  node.api.create('app', shell(STUBBORN));
  node.api.create('polite', shell('echo pid $$$$; exec sleep 60'));
  const pids = [await started('app'), await started('polite')];
  const writes = node.api.writes.filter((each) => each.path.includes('/pods/')).length;
  const closed = node.kubelet.close(500);
  await asked();
  clock.advance(500);
  await closed;
  expect(await Promise.all(pids.map(isAlive))).toEqual([false, false]);
  expect(node.api.writes.filter((each) => each.path.includes('/pods/'))).toHaveLength(writes);
});

test('a final status that the API refuses does not keep the pod', async () => {
  node.api.create('app', shell('echo pid $$$$; exec sleep 60'));
  await started('app');
  node.api.refuseStatus = true;
  node.api.delete('app');
  await until('gone', () => {
    clock.advance(100);
    return node.api.pod('app') === undefined;
  });
});

test('a deletion that fails is tried again', async () => {
  node.api.create('app', shell('echo pid $$$$; exec sleep 60'));
  await started('app');
  node.api.failNext = 6;
  node.api.delete('app');
  await until('gone', () => {
    clock.advance(100);
    return node.api.pod('app') === undefined;
  });
  expect(node.api.failNext).toBe(0);
});
