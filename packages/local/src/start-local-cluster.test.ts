import { watch } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Problem } from '@rouse/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEPLOYMENTS, PODS } from './kinds.ts';
import type { Deployment, Pod } from './objects.ts';
import { type LocalCluster, startLocalCluster } from './start-local-cluster.ts';
import { call, patch, until } from './testing/api-client.ts';

const clock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

const APP = `
const { createServer } = require('node:http');
const server = createServer((_, answer) => answer.end(process.env.WORD ?? 'none'));
server.listen(process.env.PORT, process.env.HOST, () => console.log('listening in ' + process.cwd()));
process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });
`;

function manifest({ replicas = 1, word = 'one', annotation = 'first', extra = '' } = {}): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: {note: ${annotation}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: web:1
        command: [${JSON.stringify(process.execPath)}, app.cjs]
        env: [{name: WORD, value: ${word}}]
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {port: 8080}, periodSeconds: 1}
${extra}`;
}

const CONFIG_MAP = '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra, namespace: team}\ndata: {a: b}\n';
const WEB = '/apis/apps/v1/namespaces/default/deployments/web';

let folder: string;
let file: string;
let cluster: LocalCluster;
let lines: string[];
let problems: Problem[];
let notices: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rouse-cluster-'));
  file = join(folder, 'sub', 'web.yaml');
  await mkdir(join(folder, 'sub'));
  await writeFile(join(folder, 'sub', 'app.cjs'), APP);
  lines = [];
  problems = [];
  notices = [];
});

afterEach(async () => {
  await cluster.close(1000);
  await rm(folder, { recursive: true });
});

async function start(text: string): Promise<void> {
  await writeFile(file, text);
  cluster = await startLocalCluster({
    apiPort: 0,
    paths: [folder],
    clock,
    onPodLog: (line) => lines.push(line),
    onProblem: (problem) => problems.push(problem),
    onNotice: (line) => notices.push(line),
  });
}

const deployment = () => cluster.registry.list(DEPLOYMENTS)[0] as Deployment | undefined;
const pods = () => (cluster.registry.list(PODS) as Pod[]).filter((pod) => !pod.metadata.deletionTimestamp);
const portOf = (pod: Pod) => pod.spec.containers[0]?.ports?.[0]?.containerPort ?? 0;
const ready = () =>
  pods().filter((pod) => pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'));
const pidsOf = (pod: Pod) => pod.status?.containerStatuses?.[0]?.containerID;

test('a manifest becomes a running process that answers on its own port, from the folder of its manifest', async () => {
  await start(manifest({ replicas: 2 }));
  const running = await until('two ready', () => ready().length === 2 && ready(), 12_000);
  for (const pod of running) {
    expect(await (await fetch(`http://127.0.0.1:${portOf(pod)}/`)).text()).toBe('one');
    const log = await call(cluster.url, `/api/v1/namespaces/default/pods/${pod.metadata.name}/log`);
    expect(log).toMatchObject({ code: 200, text: `listening in ${join(folder, 'sub')}\n` });
    expect(lines).toContain(`[${pod.metadata.name}] listening in ${join(folder, 'sub')}`);
  }
  const [port] = running.map(portOf);
  await patch(cluster.url, `${WEB}/scale`, 'merge', { spec: { replicas: 0 } });
  await until('no pods', () => cluster.registry.list(PODS).length === 0);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  expect(lines.filter((line) => line.endsWith('bye'))).toHaveLength(2);
});

test('a followed log goes on until the pod is gone', async () => {
  await start(manifest());
  const [pod] = await until('ready', () => ready().length === 1 && ready(), 12_000);
  const log = call(cluster.url, `/api/v1/namespaces/default/pods/${pod?.metadata.name}/log?follow=true`);
  await patch(cluster.url, `${WEB}/scale`, 'merge', { spec: { replicas: 0 } });
  expect((await log).text).toBe(`listening in ${join(folder, 'sub')}\nbye\n`);
  const gone = await call(cluster.url, `/api/v1/namespaces/default/pods/${pod?.metadata.name}/log`);
  expect(gone).toMatchObject({ code: 404 });
});

test('an edited annotation takes effect at once and touches neither pods nor replicas', async () => {
  await start(manifest());
  await patch(cluster.url, `${WEB}/scale`, 'merge', { spec: { replicas: 2 } });
  await patch(cluster.url, WEB, 'merge', { metadata: { annotations: { theirs: 'kept' } } });
  await until('two pods run', () => pods().length === 2 && pods().every(pidsOf));
  const before = pods().map(pidsOf).sort();
  // As editors do: written aside and moved over.
  await writeFile(`${file}~`, manifest({ annotation: 'second' }));
  await rename(`${file}~`, file);
  await until('the annotation', () => deployment()?.metadata.annotations?.note === 'second');
  expect(deployment()?.metadata.annotations?.theirs).toBe('kept');
  expect(deployment()?.spec.replicas).toBe(2);
  expect(pods().map(pidsOf).sort()).toEqual(before);
});

test('a new template rolls the pods, and edited replicas count', async () => {
  await start(manifest());
  const [before] = await until('ready', () => ready().length === 1 && ready(), 12_000);
  await writeFile(file, manifest({ word: 'two', replicas: 2 }));
  await until(
    'two new pods',
    () => ready().length === 2 && !ready().some(({ metadata }) => metadata.uid === before?.metadata.uid),
    14_000,
  );
  for (const pod of ready()) expect(await (await fetch(`http://127.0.0.1:${portOf(pod)}/`)).text()).toBe('two');
});

test('a broken edit is told once, keeps the last good state, and its mending takes effect', async () => {
  await start(manifest({ extra: CONFIG_MAP }));
  expect((await call(cluster.url, '/api/v1/namespaces/team/configmaps/extra')).code).toBe(200);
  const uid = deployment()?.metadata.uid;
  await writeFile(file, manifest({ extra: '---\nbroken: [\n' }));
  await until('the problem', () => problems.length === 1);
  expect(problems[0]?.key).toMatch(/web\.yaml:\d+$/);
  expect(cluster.problems()).toHaveLength(1);
  expect(notices.some((line) => line.includes('last good'))).toBe(true);
  await writeFile(file, manifest({ annotation: 'refused', extra: '---\nstill broken: ]\n' }));
  await until('the other problem', () => problems.length === 2);
  expect(deployment()).toMatchObject({ metadata: { uid, annotations: { note: 'first' } } });
  expect((await call(cluster.url, '/api/v1/namespaces/team/configmaps/extra')).code).toBe(200);
  await writeFile(file, manifest({ annotation: 'mended' }));
  await until('the mended one', () => deployment()?.metadata.annotations?.note === 'mended');
  expect(cluster.problems()).toEqual([]);
  await until(
    'the removed document',
    async () => (await call(cluster.url, '/api/v1/namespaces/team/configmaps/extra')).code === 404,
  );
  expect(deployment()?.metadata.uid).toBe(uid);
});

test('an object the API refuses is told with file and line, and the others are there', async () => {
  await start(manifest({ replicas: -1, extra: CONFIG_MAP }));
  expect(problems).toMatchObject([{ key: `${file}:1`, value: 'Deployment web' }]);
  expect(problems[0]?.fix).toContain('must be greater than or equal to 0');
  expect((await call(cluster.url, '/api/v1/namespaces/team/configmaps/extra')).code).toBe(200);
});

/** Resolves when the kernel has told those who watch the file of a change. */
function seen(path: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(path, () => {
      watcher.close();
      resolve();
    });
  });
}

test('a deleted file deletes what it defined; a truncated moment does not', async () => {
  await start(manifest());
  const uid = deployment()?.metadata.uid;
  const truncated = seen(file);
  await writeFile(file, '');
  await truncated;
  await writeFile(file, manifest({ annotation: 'back' }));
  await until('the edit', () => deployment()?.metadata.annotations?.note === 'back');
  expect(deployment()?.metadata.uid).toBe(uid);
  await rm(file);
  await until('no deployment', () => deployment() === undefined);
  await until('no pods', () => cluster.registry.list(PODS).length === 0);
});

test('a file added in a new folder is seen', async () => {
  await start(manifest({ replicas: 0 }));
  await mkdir(join(folder, 'new', 'deep'), { recursive: true });
  await writeFile(join(folder, 'new', 'deep', 'more.yaml'), CONFIG_MAP);
  await until(
    'the object',
    async () => (await call(cluster.url, '/api/v1/namespaces/team/configmaps/extra')).code === 200,
  );
});

test('a manifest without a command is one error that names the Deployment and the annotation to add', async () => {
  await start(manifest().replace(/^ *command: .*\n/m, ''));
  await until('the pod waits', () => pods()[0]?.status?.containerStatuses?.[0]?.state?.waiting !== undefined);
  expect(problems).toEqual([
    expect.objectContaining({
      key: 'Deployment default/web: spec.template.spec.containers[0].command',
      fix: expect.stringContaining('rouse.dev/dev-command'),
    }),
  ]);
  expect(notices).toEqual([]);
});

test('closing ends every process', async () => {
  await start(manifest({ replicas: 2 }));
  const running = await until('two ready', () => ready().length === 2 && ready(), 12_000);
  const ports = running.map(portOf);
  await cluster.close();
  for (const port of ports) await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  await expect(fetch(`${cluster.url}/version`)).rejects.toThrow();
});
