/** The life of workloads under `rouse dev`: from zero to zero, edited, rolled, scaled by hand, opted out, and the commands that tell of it. */
import { join } from 'node:path';
import type { DecisionRecord, WorkloadStatus } from '@rouse/contract';
import { until } from '@rouse/contract/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serves } from './ports.ts';
import { isRunning, run } from './processes.ts';
import { request } from './request.ts';
import { type AppSpec, type RouseDev, startRouseDev } from './rouse-dev.ts';
import { failed, startLoad } from './scenarios/load.ts';

const window = { 'autoscaling.knative.dev/window': '6s' };
const minScale = (count: number) => ({ ...window, 'autoscaling.knative.dev/min-scale': String(count) });
const rolled = (version: string): AppSpec => ({
  name: 'rolled',
  annotations: minScale(2),
  env: { VERSION: version },
  // What `rouse lint` asks for: pods that others remove go on until everybody knows.
  container: { lifecycle: { preStop: { sleep: { seconds: 1 } } } },
});

let dev: RouseDev;

beforeAll(async () => {
  dev = await startRouseDev(
    [
      { name: 'hello', annotations: window },
      { name: 'both', annotations: window },
      { name: 'curled', annotations: window },
      { name: 'by-hand', annotations: window },
      { name: 'woken', annotations: window },
      { name: 'leaves', annotations: window, replicas: 2 },
      {
        name: 'told',
        annotations: {
          ...minScale(2),
          'autoscaling.knative.dev/target': '5',
          'autoscaling.knative.dev/max-scale': '4',
        },
      },
      { name: 'one-at-a-time', annotations: { ...minScale(2), 'rouse.dev/container-concurrency': '1' } },
    ],
    ['--proxies', '2'],
  );
});
afterAll(() => dev?.stop());

interface Deployment {
  readonly spec: { readonly replicas?: number };
}
const deploymentPath = (name: string) => `/apis/apps/v1/namespaces/default/deployments/${name}`;

async function replicas(name: string): Promise<number> {
  return (await dev.kube<Deployment>(deploymentPath(name))).spec.replicas ?? 0;
}

async function patch(path: string, body: object): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${dev.apiPort}${path}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
}

async function decisions(name: string): Promise<DecisionRecord[]> {
  const url = `http://127.0.0.1:${dev.operatorPort}/api/workloads/default/${name}/decisions`;
  return ((await (await fetch(url)).json()) as { decisions: DecisionRecord[] }).decisions;
}

function livePids(name: string): number[] {
  return dev
    .appLog()
    .filter(({ event, pod, pid }) => event === 'listening' && pod.startsWith(`${name}-`) && isRunning(pid))
    .map(({ pid }) => pid);
}

function asleep(name: string, deadlineMs = 20_000): Promise<unknown> {
  return until(async () => (await dev.workload(name)).state === 'asleep', `${name} asleep`, deadlineMs);
}

describe.concurrent('one rouse dev', () => {
  test('a workload goes 0→1→0 with a line each, and is at zero 15 s after the last request', async () => {
    const answer = await dev.request('hello', '/');
    expect(answer.status).toBe(200);
    expect(answer.headers['server-timing']).toMatch(/^rouse-wake;dur=[\d.]+$/);
    const answeredMs = performance.now();
    await asleep('hello');
    await until(() => livePids('hello').length === 0, 'no process');
    expect(performance.now() - answeredMs).toBeLessThan(15_000);
    const [start, , requested, sigterm] = dev.appLog().filter(({ pod }) => pod === answer.headers['x-pod']);
    expect([start?.event, requested?.event, sigterm?.event]).toEqual(['start', 'request', 'sigterm']);
    expect(sigterm!.atMs - requested!.atMs).toBeGreaterThanOrEqual(6_000);
    const line = (pattern: RegExp) => until(() => dev.lines.some((each) => pattern.test(each)), String(pattern));
    await line(/^hello 0→1 {2}woken by .*GET \/ {2}patched \d+ ms · started \d+ · port \d+ · first byte \d+$/);
    await line(/^hello 1→0 {2}idle \d+ s/);
  });

  test('the curl line of the greeting works as printed', async () => {
    const line = await until(() => dev.lines.find((each) => /^ +curl .*curled\.default/.test(each)), 'the greeting');
    const { code, stdout } = await run('sh', ['-c', `${line} -s`]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^curled-/);
  });

  test('either proxy wakes a workload, and both serve it', async () => {
    const [firstPort, secondPort] = await dev.proxyPorts();
    await until(() => serves(secondPort!), 'the second proxy');
    const second = await request(secondPort!, 'both.default.example.com', '/');
    const first = await request(firstPort!, 'both.default.example.com', '/');
    expect([second.status, first.status]).toEqual([200, 200]);
    expect(second.headers['x-pod']).toBe(first.headers['x-pod']);
  });

  test('an annotation edited in the manifest takes effect, and no pod is replaced for it', async () => {
    dev.writeManifest('edited.yaml', { name: 'edited', annotations: minScale(1) });
    const [pid] = await until(() => livePids('edited').length === 1 && livePids('edited'), 'the first pod');
    dev.writeManifest('edited.yaml', { name: 'edited', annotations: minScale(2) });
    await until(() => livePids('edited').length === 2, 'the second pod');
    expect(livePids('edited')).toContain(pid);
    expect((await dev.workload('edited')).minScale).toBe(2);
  });

  test('a new template replaces the pods, and no request under load fails', async () => {
    dev.writeManifest('rolled.yaml', rolled('1'));
    const before = await until(() => livePids('rolled').length === 2 && livePids('rolled'), 'two pods');
    await until(async () => (await dev.workload('rolled')).ready === 2, 'two ready pods');
    const load = startLoad({
      port: dev.port,
      host: 'rolled.default.example.com',
      path: '/?ms=10',
      name: 'roll',
      atOnce: 6,
    });
    await until(() => load.outcomes.length > 50, 'the load');
    dev.writeManifest('rolled.yaml', rolled('2'));
    await until(() => before.every((pid) => !isRunning(pid)), 'the old pods to be gone', 30_000);
    await until(() => livePids('rolled').length === 2, 'two new pods', 30_000);
    expect(failed(await load.stop())).toEqual([]);
  });

  test('replicas set through /scale are adopted, and go after a whole window', async () => {
    await until(async () => (await dev.workload('by-hand')).state === 'asleep', 'the workload');
    const setAtMs = performance.now();
    await patch(`${deploymentPath('by-hand')}/scale`, { spec: { replicas: 2 } });
    await until(() => livePids('by-hand').length === 2, 'two pods');
    await until(async () => (await replicas('by-hand')) === 0, 'zero again', 20_000);
    expect(performance.now() - setAtMs).toBeGreaterThan(6_000);
    const told = await decisions('by-hand');
    expect(told.map(({ cause, to }) => `${cause} ${to}`)).toContain('foreign-write 2');
    expect(told.at(-1)?.to).toBe(0);
  });

  test('a workload is woken by POST, and only by a caller that means it', async () => {
    await until(async () => (await dev.workload('woken')).state === 'asleep', 'the workload');
    const url = `http://127.0.0.1:${dev.operatorPort}/api/workloads/default/woken/wake`;
    expect((await fetch(url, { method: 'POST' })).status).toBe(415);
    const foreign = { 'content-type': 'application/json', origin: 'http://evil.example' };
    expect((await fetch(url, { method: 'POST', headers: foreign })).status).toBe(403);
    expect(livePids('woken')).toEqual([]);
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    expect(answer.status).toBe(202);
    await until(async () => (await dev.workload('woken')).ready === 1, 'a ready pod');
    await asleep('woken', 30_000);
  });

  test('opting out while asleep restores the replicas found at adoption', async () => {
    await asleep('leaves');
    expect(await replicas('leaves')).toBe(0);
    await patch(deploymentPath('leaves'), { metadata: { annotations: { 'rouse.dev/enabled': 'false' } } });
    await until(async () => (await replicas('leaves')) === 2, 'two replicas');
    await until(() => livePids('leaves').length === 2, 'two pods');
  });

  test('container-concurrency 1 is never exceeded, and both pods are used', async () => {
    await until(async () => (await dev.workload('one-at-a-time')).ready === 2, 'two ready pods');
    const host = 'one-at-a-time.default.example.com';
    const load = startLoad({ port: dev.port, host, path: '/?ms=20', name: 'one', atOnce: 8 });
    await until(() => load.outcomes.length > 150, 'the load');
    expect(failed(await load.stop())).toEqual([]);
    const seen = dev.appLog().filter(({ event, pod }) => event === 'request' && pod.startsWith('one-at-a-time-'));
    expect(new Set(seen.map(({ atOnce }) => atOnce))).toEqual(new Set([1]));
    expect(new Set(seen.map(({ pod }) => pod)).size).toBeGreaterThanOrEqual(2);
  });

  test('rouse status, why and lint tell of the running system, in words and as JSON', async () => {
    await until(async () => (await dev.workload('told')).ready === 2, 'two ready pods');
    const table = await dev.rouse('status');
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(/^NAME +STATE +TARGETS +MIN +MAX +REPLICAS +HELD +SLEEPS-IN$/m);
    expect(table.stdout).toMatch(/^told +awake +concurrency: 0\/3\.5 +2 +4 +2\/2 +0 +-$/m);
    const asJson = JSON.parse((await dev.rouse('status', '--json')).stdout) as { workloads: WorkloadStatus[] };
    expect(asJson.workloads.map(({ name }) => name)).toContain('told');

    const inWords = await dev.rouse('why', 'told');
    expect(inWords.code).toBe(0);
    expect(inWords.stdout).toContain('min-scale');
    expect(inWords.stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^To change this, set the annotation \S+ on the Deployment/,
    );
    const why = JSON.parse((await dev.rouse('why', 'told', '--json')).stdout);
    expect(why.workload.name).toBe('told');
    const unknown = await dev.rouse('why', 'nobody');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('nobody');

    const file = join(dev.folder, 'apps.yaml');
    const lint = await dev.rouse('lint', file);
    expect(lint.code).toBe(0);
    expect(lint.stdout).toContain('8 Deployments in 1 file');
    expect(JSON.parse((await dev.rouse('lint', file, '--json')).stdout).deployments).toBe(8);
  });
});
