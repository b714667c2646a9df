import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Container } from './pod.ts';
import { condition, type NodeUnderTest, realClock, shell, startNode } from './testing/node-under-test.ts';
import { until } from './testing/until.ts';

let node: NodeUnderTest;
const folders: string[] = [];
afterEach(async () => {
  await node.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A file whose existence probes ask for. */
function flag(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rouse-probes-'));
  folders.push(folder);
  return join(folder, 'flag');
}
const exists = (file: string) => ({ exec: { command: ['test', '-e', file] }, periodSeconds: 1 });
const told = (reason: string) =>
  node.api
    .events()
    .filter((each) => each.reason === reason)
    .map((each) => each.message);

test('an exec probe is answered by its exit code, with the environment and folder of its container', async () => {
  node = await startNode(realClock);
  const readinessProbe = {
    exec: { command: ['sh', '-c', 'test "$NAME" = value && test -e here || { echo "not $NAME"; exit 1; }'] },
    periodSeconds: 1,
  };
  const env = [{ name: 'NAME', value: 'value' }];
  node.api.create('app', shell('sleep 0.3; touch here; exec sleep 60', { readinessProbe, env }));
  await node.podWhen('app', 'ready', (pod) => condition(pod, 'Ready') === 'True');
  expect(told('Unhealthy')).toContain('Readiness probe failed: not value');
});

test('an exec probe that takes too long is killed with all it started, and has failed', async () => {
  node = await startNode(realClock);
  const readinessProbe = { exec: { command: ['sh', '-c', 'sleep 100 & sleep 100'] }, timeoutSeconds: 1 };
  node.api.create('app', shell('exec sleep 60', { readinessProbe }));
  const message = await until('Unhealthy', () => told('Unhealthy')[0]);
  expect(message).toBe('Readiness probe failed: command timed out: "sh -c sleep 100 & sleep 100" timed out after 1s');
});

test('a liveness probe that fails ends the container, which is started again', async () => {
  node = await startNode(realClock);
  const sick = flag();
  const script = `echo up; trap 'rm -f ${sick}; exit 0' TERM; touch ${sick}; while :; do sleep 0.02; done`;
  const livenessProbe = { exec: { command: ['test', '!', '-e', sick] }, periodSeconds: 1, failureThreshold: 1 };
  node.api.create('app', shell(script, { livenessProbe: { ...livenessProbe, initialDelaySeconds: 1 } }));
  const pod = await node.podWhen('app', 'restarted', (_pod, status) => status.restartCount >= 1);
  expect(pod.status?.containerStatuses?.[0]?.lastState.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
  expect(told('Killing')).toContain('Container main failed liveness probe, will be restarted');
});

test('until its startup probe succeeds a container has not started: no other probe is made', async () => {
  node = await startNode(realClock);
  const up = flag();
  const startupProbe = exists(up);
  const livenessProbe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 100 };
  node.api.create('app', shell(`sleep 1.2; touch ${up}; exec sleep 60`, { startupProbe, livenessProbe }));
  const starting = await node.podWhen('app', 'running', (_pod, status) => status.state.running !== undefined);
  expect(starting.status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false });
  await until('a failed startup', () => told('Unhealthy').some((message) => message?.startsWith('Startup')));
  expect(told('Unhealthy').some((message) => message?.startsWith('Liveness'))).toBe(false);
  await node.podWhen('app', 'ready', (_pod, status) => status.started && status.ready);
  await until('a failed liveness', () => told('Unhealthy').some((message) => message?.startsWith('Liveness')));
});

test('a startup probe that gives up ends the container', async () => {
  node = await startNode(realClock);
  const startupProbe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 };
  node.api.create('app', shell('exec sleep 60', { startupProbe }));
  await node.podWhen('app', 'restarted', (_pod, status) => status.restartCount >= 1);
  expect(told('Killing')).toContain('Container main failed startup probe, will be restarted');
});

test('a pod that is deleted while a failed probe ends its container is gone in its grace period', async () => {
  node = await startNode(realClock);
  const livenessProbe: Container['livenessProbe'] = {
    exec: { command: ['false'] },
    periodSeconds: 1,
    failureThreshold: 1,
    terminationGracePeriodSeconds: 300,
  };
  node.api.create('app', shell(`trap '' TERM; while :; do sleep 0.02; done`, { livenessProbe }));
  await until('it is being ended', () => told('Killing').length === 1);
  node.api.delete('app', 1);
  await until('gone', () => node.api.pod('app') === undefined);
});
