/** Everyday work with the real kubectl on `rouse dev`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { until } from '@rouse/contract/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findKubectl } from './kubectl.ts';
import { type Run, run } from './processes.ts';
import { type RouseDev, startRouseDev } from './rouse-dev.ts';

const kubectl = findKubectl();
if (kubectl === undefined) console.log('kubectl tests skipped: no kubectl (node e2e/kubectl.ts fetches one)');

const window = { 'autoscaling.knative.dev/window': '6s' };
const two = { ...window, 'autoscaling.knative.dev/min-scale': '2' };
let dev: RouseDev;

// Whatever configuration this machine has must not be used, nor written.
const env = { KUBECONFIG: '/dev/null', HOME: '/nonexistent' };
const argsFor = (args: readonly string[]) => ['--server', `http://127.0.0.1:${dev.apiPort}`, ...args];

async function kube(...args: string[]): Promise<Run> {
  const ended = await run(kubectl!, argsFor(args), env);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  return ended;
}

/** kubectl that goes on until it is stopped, with the lines it printed. @param options `server` false where `args` name it */
function following({ server = true }, ...args: string[]): { readonly lines: string[]; readonly process: ChildProcess } {
  const child = spawn(kubectl!, server ? argsFor(args) : args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return { lines, process: child };
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await until(() => child.exitCode !== null || child.signalCode !== null, 'kubectl to end');
}

describe.skipIf(kubectl === undefined).concurrent('kubectl', () => {
  beforeAll(async () => {
    dev = await startRouseDev([
      { name: 'seen', annotations: two },
      { name: 'lone', annotations: { ...window, 'autoscaling.knative.dev/min-scale': '1' } },
      { name: 'sleeper', annotations: window },
      { name: 'scaled', annotations: window },
      { name: 'noted', annotations: window },
      { name: 'replaced', annotations: two },
    ]);
    await until(async () => (await dev.workload('seen')).ready === 2, 'pods of seen');
  });
  afterAll(() => dev?.stop());

  test('get shows Deployments and Pods as tables', async () => {
    const { stdout } = await kube('get', 'deploy,pods,rs,svc');
    expect(stdout).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE$/m);
    expect(stdout).toMatch(/^deployment\.apps\/seen +2\/2 +2 +2 +\S+$/m);
    expect(stdout).toMatch(/^deployment\.apps\/sleeper +0\/0 +0 +0 +\S+$/m);
    expect(stdout).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE$/m);
    expect(stdout).toMatch(/^pod\/seen-\S+ +1\/1 +Running +0 +\S+$/m);
    expect((await kube('get', 'pods', '-o', 'wide', '-l', 'app=seen')).stdout).toMatch(/127\.0\.0\.1/);
    const names = await kube('get', 'deploy', 'seen', '-o', 'jsonpath={.spec.replicas}');
    expect(names.stdout).toBe('2');
    expect((await kube('get', 'deploy', 'seen', '-o', 'yaml')).stdout).toContain('kind: Deployment');
  });

  test('the command that rouse dev greets with works as printed', async () => {
    const line = await until(() => dev.lines.find((each) => /^kubectl +kubectl /.test(each)), 'the greeting');
    const [, ...args] = line.replace(/^kubectl +/, '').split(' ');
    const printed = following({ server: false }, ...args);
    await until(() => printed.lines.some((each) => /^seen-\S+ +1\/1 +Running/.test(each)), 'a pod');
    await ended(printed.process);
  });

  test('get -w shows a pod come and go', async () => {
    const watch = following({}, 'get', 'pods', '-w', '-l', 'app=sleeper');
    const deployments = following({}, 'get', 'deploy', 'sleeper', '-w');
    await until(() => deployments.lines.length > 1, 'the first table');
    expect((await dev.request('sleeper')).status).toBe(200);
    for (const status of [/1\/1 +Running/, /Terminating/]) {
      await until(() => watch.lines.some((line) => status.test(line)), String(status), 20_000);
    }
    await until(() => deployments.lines.some((line) => /^sleeper +1\/1 /.test(line)), 'ready replicas', 20_000);
    await until(() => /^sleeper +0\/0 /.test(deployments.lines.at(-1)!), 'no replicas', 20_000);
    await ended(watch.process);
    await ended(deployments.process);
  });

  test('scale sets replicas, and Rouse takes them as the state', async () => {
    expect((await kube('scale', 'deploy/scaled', '--replicas=2')).stdout).toBe('deployment.apps/scaled scaled\n');
    await until(async () => (await dev.workload('scaled')).ready === 2, 'two pods');
    expect((await kube('rollout', 'status', 'deploy/scaled', '--timeout=20s')).stdout).toContain(
      'successfully rolled out',
    );
  });

  test('annotate changes the settings at once', async () => {
    await kube('annotate', 'deploy/noted', 'autoscaling.knative.dev/min-scale=1');
    await until(async () => (await dev.workload('noted')).ready === 1, 'one pod');
    await kube('annotate', 'deploy/noted', 'autoscaling.knative.dev/min-scale=0', '--overwrite');
    await until(async () => (await dev.workload('noted')).state === 'asleep', 'asleep', 30_000);
  });

  test('logs shows what the app printed, and follows', async () => {
    await until(async () => (await dev.workload('lone')).ready === 1, 'the pod');
    expect((await kube('logs', 'deploy/lone')).stdout).toContain('listening on port');
    const { stdout } = await kube('get', 'pods', '-l', 'app=seen', '-o', 'name');
    const pod = stdout.split('\n')[0]!;
    const follow = following({}, 'logs', '-f', pod, '--tail=1');
    await until(() => follow.lines.some((line) => line.includes('listening on port')), 'the log');
    await ended(follow.process);
    expect((await kube('logs', '-l', 'app=seen', '--prefix')).stdout).toMatch(/^\[pod\/seen-\S+\/app\] /m);
  });

  test('describe tells of Deployments and Pods with their Events', async () => {
    const deployment = await kube('describe', 'deploy', 'seen');
    expect(deployment.stdout).toMatch(/Annotations: +autoscaling\.knative\.dev\/min-scale: 2/);
    expect(deployment.stdout).toMatch(/Replicas: +2 desired \| 2 updated \| 2 total \| 2 available/);
    expect(deployment.stdout).toMatch(/ScalingReplicaSet/);
    const pod = await kube('describe', 'pods', '-l', 'app=seen');
    expect(pod.stdout).toMatch(/Ready +True/);
    expect(pod.stdout).toMatch(/Started/);
    expect((await kube('get', 'events')).stdout).toMatch(/deployment\/seen/);
  });

  test('delete pod ends its process, and another takes its place', async () => {
    await until(async () => (await dev.workload('replaced')).ready === 2, 'two pods');
    const { stdout } = await kube('get', 'pods', '-l', 'app=replaced', '-o', 'jsonpath={.items[0].metadata.name}');
    expect((await kube('delete', 'pod', stdout)).stdout).toMatch(new RegExp(`^pod "${stdout}" deleted`));
    expect(dev.appLog().filter(({ pod, event }) => pod === stdout && event === 'sigterm')).toHaveLength(1);
    await until(async () => (await dev.workload('replaced')).ready === 2, 'two pods again');
    const after = await kube('get', 'pods', '-l', 'app=replaced', '-o', 'name');
    expect(after.stdout).not.toContain(stdout);
    expect(after.stdout.trim().split('\n')).toHaveLength(2);
  });
});
