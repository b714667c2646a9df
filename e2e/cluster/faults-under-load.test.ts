/** Under load: pods evicted that die at once, two ReplicaSets side by side, an API server that hangs, dies or cuts its watches. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import type { Pod } from '@rouse/kubelet';
import { expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { hands } from '../hands.ts';
import { request } from '../request.ts';
import { failed, type Outcome, startLoad } from '../scenarios/load.ts';
import { pidsOfPod } from './pod-processes.ts';
import { clusterSuite } from './suite.ts';

/** As on real clusters: an API server that hangs for seconds is not taken for nodes that are lost. */
const controllerManager = ['--node-monitor-grace-period=50s'];
const { cluster, rouse, system } = clusterSuite({ rouse: { podDeletionCost: true }, args: { controllerManager } });
const { create, get, livePods, settled } = deployments(cluster);
const { known } = hands(system);
const WINDOW_MS = 6_000;
const window = { 'autoscaling.knative.dev/window': `${WINDOW_MS / 1000}s` };
const host = (name: string): string => `${name}.default.example.com`;
const collection = '/apis/apps/v1/namespaces/default/deployments';
/** Says a figure that people ask for. */
const figure = (text: string): void => console.log(`figure: ${text}`);
const counted = (outcomes: readonly Outcome[]): string => {
  const lost = failed(outcomes);
  const posts = lost.filter(({ method }) => method === 'POST').length;
  return `${outcomes.length} requests, ${lost.length - posts} GET and ${posts} POST failed`;
};
const more = (load: { readonly outcomes: readonly Outcome[] }, count: number): Promise<unknown> => {
  const done = load.outcomes.length;
  return until(() => load.outcomes.length >= done + count, `${count} more requests`, 60_000);
};

test.concurrent('pods evicted one after the other that die at SIGTERM with their requests: what may be sent again never fails', async () => {
  const annotations = { ...window, 'autoscaling.knative.dev/min-scale': '3' };
  await create({ name: 'brittle', annotations, replicas: 3, env: { EXIT_ON_SIGTERM_AT_ONCE: '1' } });
  await known('brittle');
  await settled('brittle', 3);
  const load = startLoad({ port: rouse().port, host: host('brittle'), path: '/?ms=30', name: 'evict', atOnce: 8 });
  await more(load, 50);
  for (const pod of await livePods('brittle')) {
    await evict(pod);
    await until(async () => (await livePods('brittle')).every(({ metadata }) => metadata.uid !== pod.metadata.uid));
    await settled('brittle', 3);
  }
  await more(load, 50);
  const outcomes = await load.stop();
  figure(`three evictions: ${counted(outcomes)}`);
  const lost = failed(outcomes);
  expect(lost.filter(({ method }) => method === 'GET')).toEqual([]);
  // A POST that the pod may have begun is its client's to repeat: at most those under way, and told as such.
  expect(lost.length).toBeLessThanOrEqual(3 * 8);
  expect(lost.filter(({ status }) => status !== 502)).toEqual([]);
});

async function evict(pod: Pod): Promise<void> {
  const { name, namespace } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const result = await cluster().plane.kube.request({ method: 'POST', path, body });
  if (!result.ok) throw new Error(result.message);
}

test.concurrent('two ReplicaSets side by side: no pod is taken away while a rollout hangs, and again once it is undone', async () => {
  const annotations = {
    ...window,
    'autoscaling.knative.dev/target': '2',
    'autoscaling.knative.dev/target-utilization-percentage': '100',
  };
  await create({ name: 'hung', annotations, container: { lifecycle: { preStop: { sleep: { seconds: 1 } } } } });
  await known('hung');
  const load = startLoad({ port: rouse().port, host: host('hung'), path: '/?ms=100', name: 'hung', atOnce: 10 });
  await until(async () => ((await get('hung')).status?.readyReplicas ?? 0) >= 5, 'five ready pods', 30_000);
  // Its new pods never get ready.
  await patchEnv('hung', { name: 'NEVER_LISTEN', value: '1' });
  await until(async () => ((await get('hung')).status?.updatedReplicas ?? 0) > 0, 'two ReplicaSets', 30_000);
  const { replicas } = (await get('hung')).spec;
  load.setAtOnce(2);
  const startedMs = performance.now();
  const seen = new Set<number>();
  await until(
    async () => {
      seen.add((await get('hung')).spec.replicas);
      return performance.now() - startedMs > 2 * WINDOW_MS;
    },
    'two windows',
    60_000,
  );
  expect([...seen]).toEqual([replicas]);
  await patchEnv('hung', { name: 'NEVER_LISTEN', $patch: 'delete' });
  await until(async () => (await get('hung')).spec.replicas === 1, 'scaled down to what is needed', 60_000);
  await settled('hung', 1, 60_000);
  const outcomes = await load.stop();
  figure(`rollout that hangs, undone, scaled ${replicas} to 1: ${counted(outcomes)}`);
  expect(failed(outcomes)).toEqual([]);
});

async function patchEnv(name: string, variable: object): Promise<void> {
  const body = { spec: { template: { spec: { containers: [{ name: 'app', env: [variable] }] } } } };
  const contentType = 'application/strategic-merge-patch+json';
  const path = `${collection}/${name}`;
  const result = await cluster().plane.kube.request({ method: 'PATCH', path, body, contentType });
  if (!result.ok) throw new Error(result.message);
}

test("all of the operator's connections to the API cut, again and again: what changed meanwhile is known soon", async () => {
  const annotations = { ...window, 'rouse.dev/quiet': 'path:/healthz' };
  await create({ name: 'steady', annotations: { ...window, 'autoscaling.knative.dev/min-scale': '1' }, replicas: 1 });
  await known('steady');
  await settled('steady', 1);
  const load = startLoad({ port: rouse().port, host: host('steady'), path: '/?ms=20', name: 'cut', atOnce: 4 });
  const routedMs: number[] = [];
  const wokenMs: number[] = [];
  for (let round = 0; round < 3; round++) {
    const name = `after-cut-${round}`;
    expect(cutOperator()).toBeGreaterThan(0);
    const cutMs = performance.now();
    await create({ name, annotations });
    const quiet = (): Promise<{ readonly status: number }> => request(rouse().port, host(name), '/healthz');
    await until(async () => (await quiet()).status === 503, `${name} is routed`, 30_000);
    routedMs.push(Math.round(performance.now() - cutMs));
    cutOperator();
    const askedMs = performance.now();
    expect((await request(rouse().port, host(name), '/')).status).toBe(200);
    wokenMs.push(Math.round(performance.now() - askedMs));
  }
  const outcomes = await load.stop();
  figure(`watches cut: ${counted(outcomes)}; created routed after ${routedMs} ms, woken after ${wokenMs} ms`);
  expect(failed(outcomes)).toEqual([]);
  expect(Math.max(...routedMs, ...wokenMs)).toBeLessThan(15_000);
});

/** @returns how many connections were there to be cut */
function cutOperator(): number {
  const to = ['dst', '127.0.0.1', 'dport', '=', `:${new URL(cluster().plane.server).port}`];
  const owners = new Set(
    rouse()
      .operatorPods()
      .flatMap(pidsOfPod)
      .map((pid) => `pid=${pid},`),
  );
  const lines = execFileSync('ss', ['-Htnp', ...to], { encoding: 'utf8' }).split('\n');
  const own = lines.filter((line) => [...owners].some((owner) => line.includes(owner)));
  for (const line of own) {
    const port = /127\.0\.0\.1:(\d+)\s+127/.exec(line)?.[1];
    execFileSync('ss', ['-K', '-t', ...to, 'and', 'sport', '=', `:${port}`]);
  }
  return own.length;
}

test('watches that cannot go on where they were (410): all is listed anew, and what went meanwhile is known to be gone', async () => {
  const annotations = { ...window, 'rouse.dev/quiet': 'path:/healthz' };
  const status = async (name: string): Promise<number> => (await request(rouse().port, host(name), '/healthz')).status;
  await create({ name: 'goes-unseen', annotations });
  await until(async () => (await status('goes-unseen')) === 503, 'routed', 30_000);
  const before = expiries();
  const load = startLoad({ port: rouse().port, host: host('steady'), path: '/?ms=20', name: 'expired', atOnce: 4 });
  const pids = rouse().operatorPods().flatMap(pidsOfPod);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  // What is on its way already would still be read.
  cutOperator();
  await cluster().remove(`${collection}/goes-unseen`);
  await create({ name: 'comes-unseen', annotations });
  const { plane } = cluster();
  await plane.compact();
  await plane.apiServer.stop('SIGKILL');
  await plane.restartApiServer();
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  await until(async () => (await status('comes-unseen')) === 503, 'what came is routed', 30_000);
  await until(async () => (await status('goes-unseen')) === 404, 'what went is not', 30_000);
  expect(expiries() - before).toBeGreaterThan(0);
  expect((await request(rouse().port, host('comes-unseen'), '/')).status).toBe(200);
  expect(failed(await load.stop())).toEqual([]);
});

/** How often the operator was told that a watch of Deployments cannot be taken up again. */
function expiries(): number {
  const lines = readFileSync(join(cluster().plane.logs, 'pods.log'), 'utf8').split('\n');
  return lines.filter((line) => /watch expired/.test(line) && line.includes('"/apis/apps/v1/deployments"')).length;
}

test('an API server that hangs longer than a Lease is renewed for: requests go on, held ones are answered after it', async () => {
  await create({ name: 'held', annotations: window });
  await known('held');
  const load = startLoad({ port: rouse().port, host: host('steady'), path: '/?ms=20', name: 'hang', atOnce: 4 });
  await more(load, 20);
  const { pid } = cluster().plane.apiServer;
  process.kill(pid, 'SIGSTOP');
  const stoppedMs = performance.now();
  const held = request(rouse().port, host('held'), '/');
  await until(() => performance.now() - stoppedMs > 12_000, 'twelve seconds', 20_000);
  process.kill(pid, 'SIGCONT');
  const goesOnMs = performance.now();
  expect((await held).status).toBe(200);
  const answeredMs = Math.round(performance.now() - goesOnMs);
  await more(load, 50);
  const outcomes = await load.stop();
  figure(`API server hung for 12 s: ${counted(outcomes)}; the held request answered ${answeredMs} ms after its end`);
  expect(failed(outcomes)).toEqual([]);
});

test('the API server killed and started again: requests go on, and what was asleep is woken once it is back', async () => {
  await create({ name: 'sleeps-on', annotations: window });
  await known('sleeps-on');
  const load = startLoad({ port: rouse().port, host: host('steady'), path: '/?ms=20', name: 'on', atOnce: 4 });
  await more(load, 20);
  await cluster().plane.apiServer.stop('SIGKILL');
  const held = request(rouse().port, host('sleeps-on'), '/');
  await more(load, 200);
  await cluster().plane.restartApiServer();
  expect((await held).status).toBe(200);
  expect(failed(await load.stop())).toEqual([]);
});
