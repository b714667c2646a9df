/** Everyday work with the real kubectl. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { until } from '@rouse/contract/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { hands } from '../hands.ts';
import { findKubectl } from '../kubectl.ts';
import { type Run, run } from '../processes.ts';
import type { System } from '../system.ts';

export const kubectl = findKubectl();
if (kubectl === undefined) console.log('kubectl tests skipped: no kubectl (node e2e/kubectl.ts fetches one)');

// Whatever configuration this machine has must not be used, nor written.
const env = { KUBECONFIG: '/dev/null', HOME: '/nonexistent' };
const window = { 'autoscaling.knative.dev/window': '6s' };
const two = { ...window, 'autoscaling.knative.dev/min-scale': '2' };

/** kubectl on a system, to its end; it must have nothing to complain of. */
export async function runKubectl(system: System, ...args: string[]): Promise<Run> {
  const ended = await run(kubectl!, [...system.kubectlFlags, ...args], env);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  return ended;
}

/** kubectl that goes on until it is stopped, with the lines it printed. */
export function followKubectl(...args: string[]): { readonly lines: string[]; stop(): Promise<void> } {
  const child: ChildProcess = spawn(kubectl!, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
  return {
    lines,
    async stop() {
      child.kill('SIGTERM');
      await until(() => child.exitCode !== null || child.signalCode !== null, 'kubectl to end');
    },
  };
}

export function kubectlCases(system: () => System): void {
  const { appLog, ask, asleep, create, livePods, ready, settled, workload } = hands(system);
  const kube = (...args: string[]): Promise<Run> => runKubectl(system(), ...args);
  const following = (...args: string[]) => followKubectl(...system().kubectlFlags, ...args);

  describe.skipIf(kubectl === undefined).concurrent('kubectl', () => {
    beforeAll(async () => {
      await create({ name: 'seen', annotations: two });
      for (const name of ['sleeper', 'unasked', 'scaled', 'noted']) await create({ name, annotations: window });
      await create({ name: 'replaced', annotations: two });
      // By the Deployment's own status: the operator knows it sooner, from the pods.
      await settled('seen', 2);
      for (const name of ['sleeper', 'unasked']) await asleep(name);
    });

    test('get shows Deployments and Pods as tables', async () => {
      const { stdout } = await kube('get', 'deploy,pods,rs,svc');
      expect(stdout).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE$/m);
      expect(stdout).toMatch(/^deployment\.apps\/seen +2\/2 +2 +2 +\S+$/m);
      expect(stdout).toMatch(/^deployment\.apps\/unasked +0\/0 +0 +0 +\S+$/m);
      expect(stdout).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE$/m);
      expect(stdout).toMatch(/^pod\/seen-\S+ +1\/1 +Running +0 +\S+$/m);
      const [pod] = await livePods('seen');
      expect((await kube('get', 'pods', '-o', 'wide', '-l', 'app=seen')).stdout).toContain(pod!.status!.podIP!);
      const names = await kube('get', 'deploy', 'seen', '-o', 'jsonpath={.spec.replicas}');
      expect(names.stdout).toBe('2');
      expect((await kube('get', 'deploy', 'seen', '-o', 'yaml')).stdout).toContain('kind: Deployment');
    });

    test('get -w shows a pod come and go', async () => {
      const watch = following('get', 'pods', '-w', '-l', 'app=sleeper');
      const deployments = following('get', 'deploy', 'sleeper', '-w');
      await until(() => deployments.lines.length > 1, 'the first table');
      expect((await ask('sleeper')).status).toBe(200);
      for (const status of [/1\/1 +Running/, /Terminating/]) {
        await until(() => watch.lines.some((line) => status.test(line)), String(status), 20_000);
      }
      await until(() => deployments.lines.some((line) => /^sleeper +1\/1 /.test(line)), 'ready replicas', 20_000);
      await until(() => /^sleeper +0\/0 /.test(deployments.lines.at(-1)!), 'no replicas', 20_000);
      await watch.stop();
      await deployments.stop();
    });

    test('scale sets replicas, and Rouse takes them as the state', async () => {
      expect((await kube('scale', 'deploy/scaled', '--replicas=2')).stdout).toBe('deployment.apps/scaled scaled\n');
      await ready('scaled', 2);
      expect((await kube('rollout', 'status', 'deploy/scaled', '--timeout=20s')).stdout).toContain(
        'successfully rolled out',
      );
    });

    test('annotate changes the settings at once', async () => {
      await kube('annotate', 'deploy/noted', 'autoscaling.knative.dev/min-scale=1');
      await ready('noted', 1);
      await kube('annotate', 'deploy/noted', 'autoscaling.knative.dev/min-scale=0', '--overwrite');
      await asleep('noted');
    });

    test('logs shows what the app printed, and follows', async () => {
      await create({ name: 'lone', annotations: { 'autoscaling.knative.dev/min-scale': '1' } });
      await ready('lone', 1);
      expect((await kube('logs', 'deploy/lone')).stdout).toContain('listening on port');
      const [pod] = await livePods('seen');
      const follow = following('logs', '-f', pod!.metadata.name, '--tail=1');
      await until(() => follow.lines.some((line) => line.includes('listening on port')), 'the log');
      await follow.stop();
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
      await ready('replaced', 2);
      const { stdout } = await kube('get', 'pods', '-l', 'app=replaced', '-o', 'jsonpath={.items[0].metadata.name}');
      expect((await kube('delete', 'pod', stdout)).stdout).toMatch(new RegExp(`^pod "${stdout}" deleted`));
      expect(appLog().filter(({ pod, event }) => pod === stdout && event === 'sigterm')).toHaveLength(1);
      await until(async () => (await workload('replaced')).ready === 2, 'two pods again');
      const after = await kube('get', 'pods', '-l', 'app=replaced', '-o', 'name');
      expect(after.stdout).not.toContain(stdout);
      expect(after.stdout.trim().split('\n')).toHaveLength(2);
    });
  });
}
