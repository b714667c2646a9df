import { manualClock } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import type { LogOptions } from './logs.ts';
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

test('a container with a readiness probe is ready when its first probe succeeds, and its Events tell of those that fail', async () => {
  node = await startNode(realClock);
  const script = `const http = require('node:http');
    let asked = 0;
    http.createServer((q, r) => { asked++; r.writeHead(asked < 2 ? 503 : 200).end(); }).listen(0, '127.0.0.1', function () {
      console.log('port ' + this.address().port);
    });`;
  const readinessProbe = { httpGet: { port: 'web' }, periodSeconds: 1 };
  // The port is not known before it starts: nothing listens on 1, so the first attempt fails at once.
  const ports = [{ name: 'web', containerPort: 1 }];
  node.api.create('never', {
    containers: [{ name: 'main', command: [process.execPath, '-e', script], readinessProbe, ports }],
  });
  const line = await node.lineWhen((each) => each.startsWith('[never] port '));
  const port = Number(line.split(' ')[2]);
  node.api.create('ready', shell('exec sleep 60', { readinessProbe: { httpGet: { port }, periodSeconds: 1 } }));
  const starting = await node.podWhen('ready', 'started', (_pod, status) => status.started);
  expect(condition(starting, 'Ready')).toBe('False');
  const startedMs = performance.now();
  await node.podWhen('ready', 'ready', (pod) => condition(pod, 'Ready') === 'True');
  expect(performance.now() - startedMs).toBeLessThan(1500);
  expect(condition(node.api.pod('never'), 'Ready')).toBe('False');
  const told = node.api
    .events()
    .filter((each) => each.reason === 'Unhealthy')
    .map((each) => each.message);
  expect(told).toContain('Readiness probe failed: HTTP probe failed with statuscode: 503');
  expect(told.join()).toContain('ECONNREFUSED');
});

test('a pod is not ready since it was taken, before its container began, however late the API takes its status', async () => {
  const clock = manualClock();
  node = await startNode(clock);
  node.api.failNext = 1;
  node.api.create('app', shell('exec sleep 60', { readinessProbe: { tcpSocket: { port: 1 } } }));
  await until('a status that is not taken', () => node.api.writes.some((each) => each.path.endsWith('/app/status')));
  clock.advance(5000);
  const pod = await until('a status that is', () => {
    clock.advance(50);
    const written = node.api.pod('app');
    return written?.status?.containerStatuses?.[0]?.state.running !== undefined && written;
  });
  const { startedAt } = pod.status!.containerStatuses![0]!.state.running!;
  for (const type of ['Ready', 'ContainersReady']) {
    const told = pod.status?.conditions?.find((each) => each.type === type);
    expect(told).toMatchObject({ status: 'False', lastTransitionTime: startedAt });
  }
});

test('a pod of a node that tells of it late is ready since it was told of, however late the API takes that', async () => {
  const clock = manualClock();
  node = await startNode(clock, { statusDelayMs: 1500 });
  // By the last retry 6 s have passed.
  node.api.failNext = 4;
  node.api.create('app', shell('exec sleep 60'));
  const ready = await until('Ready', () => {
    clock.advance(50);
    const told = node.api.pod('app')?.status?.conditions?.find(({ type }) => type === 'Ready');
    return told?.status === 'True' && told;
  });
  const { startTime } = node.api.pod('app')!.status!;
  expect(Date.parse(ready.lastTransitionTime!) - Date.parse(startTime!)).toBeLessThan(4000);
});

test('a probe that succeeds at once makes the pod ready with its first attempt', async () => {
  node = await startNode(realClock);
  const { port } = new URL(node.api.url);
  const readinessProbe = { tcpSocket: { port: Number(port) }, periodSeconds: 10 };
  node.api.create('app', shell('exec sleep 60', { readinessProbe }));
  await node.podWhen('app', 'ready', (pod) => condition(pod, 'Ready') === 'True');
  expect(node.api.events().filter((each) => each.reason === 'Unhealthy')).toEqual([]);
});

test('two containers run side by side, their lines name them, and one that is not ready keeps the pod from it', async () => {
  node = await startNode(realClock);
  const [first] = shell('echo one; exec sleep 60').containers;
  const readinessProbe = { tcpSocket: { port: 1 } };
  const [second] = shell('echo two; exec sleep 60', { name: 'side', readinessProbe }).containers;
  node.api.create('app', { containers: [first!, second!] });
  await node.lineWhen((line) => line === '[app/main] one');
  await node.lineWhen((line) => line === '[app/side] two');
  const pod = await node.podWhen('app', 'both run', (each) =>
    each.status!.containerStatuses!.every((status) => status.started),
  );
  expect(pod.status?.containerStatuses?.map((each) => each.ready)).toEqual([true, false]);
  expect(condition(pod, 'Ready')).toBe('False');
});

test('a readiness gate opens when somebody else writes its condition', async () => {
  node = await startNode(realClock);
  node.api.create('app', { ...shell('exec sleep 60'), readinessGates: [{ conditionType: 'example.org/gate' }] });
  const closed = await node.podWhen('app', 'running', (_pod, status) => status.ready);
  expect([condition(closed, 'ContainersReady'), condition(closed, 'Ready')]).toEqual(['True', 'False']);
  node.api.setCondition('app', 'example.org/gate', 'True');
  const open = await node.podWhen('app', 'ready', (pod) => condition(pod, 'Ready') === 'True');
  expect(condition(open, 'example.org/gate')).toBe('True');
});

test('a pod that somebody else calls unready is ready again as soon as that is seen', async () => {
  node = await startNode(realClock);
  node.api.create('missed', shell('exec sleep 60'));
  await node.podWhen('missed', 'ready', (pod) => condition(pod, 'Ready') === 'True');
  node.api.setCondition('missed', 'Ready', 'False');
  expect(condition(node.api.pod('missed'), 'Ready')).toBe('False');
  await node.podWhen('missed', 'ready again', (pod) => condition(pod, 'Ready') === 'True');
  const writes = (): number => node.api.writes.filter((each) => each.path.endsWith('/missed/status')).length;
  const done = writes();
  node.api.annotate('missed', { theirs: 'yes' });
  node.api.create('later', shell('exec sleep 60'));
  await node.podWhen('later', 'ready', (pod) => condition(pod, 'Ready') === 'True');
  expect(writes()).toBe(done);
});

test('what is not done here is named in an Event, and the pod runs all the same', async () => {
  node = await startNode(realClock);
  const asked = {
    livenessProbe: { grpc: {} },
    readinessProbe: { grpc: {} },
    lifecycle: { preStop: { exec: {} } },
  };
  node.api.create('app', shell('exec sleep 60', asked));
  await node.podWhen('app', 'ready', (pod) => condition(pod, 'Ready') === 'True');
  const told = await until('Events', () => {
    const events = node.api.events().filter((each) => each.reason === 'Unsupported');
    return events.length === 1 && events;
  });
  expect(told.map((each) => each.message)).toEqual([
    'container main: readinessProbe.grpc, livenessProbe.grpc, lifecycle.preStop.exec are ignored here',
  ]);
});

test('logs are read while it runs, after a restart, and followed; a wrong name is refused as the API does', async () => {
  node = await startNode(realClock);
  const script = 'if [ -e been ]; then echo second; echo err >&2; exec sleep 60; else touch been; echo first; fi';
  node.api.create('app', shell(script));
  await node.lineWhen((line) => line === '[app] err');
  const textOf = async (options: LogOptions) => {
    const result = node.kubelet.logs('default', 'app', undefined, options);
    if (!result.ok) return result.message;
    let text = '';
    for await (const line of result.lines) text += line;
    return text;
  };
  expect(await textOf({})).toBe('second\nerr\n');
  expect(await textOf({ previous: true })).toBe('first\n');
  const followed = textOf({ follow: true });
  node.api.delete('app', 1);
  expect(await followed).toBe('second\nerr\n');
  expect(node.kubelet.logs('default', 'none', undefined)).toEqual({
    ok: false,
    status: 404,
    message: 'pods "none" not found',
  });

  const [main] = shell('exec sleep 60').containers;
  node.api.create('two', { containers: [main!, { ...main!, name: 'side' }, { name: 'idle' }] });
  await node.podWhen('two', 'waiting', (pod) => pod.status?.containerStatuses?.[2]?.state.waiting !== undefined);
  const refusals = [
    [undefined, 'a container name must be specified for pod two, choose one of: [main side idle]'],
    ['other', 'container other is not valid for pod two'],
    ['idle', 'container "idle" in pod "two" is waiting to start: CreateContainerConfigError'],
  ] as const;
  for (const [name, message] of refusals) {
    expect(node.kubelet.logs('default', 'two', name)).toEqual({ ok: false, status: 400, message });
  }
  expect(node.kubelet.logs('default', 'two', 'main', { previous: true })).toMatchObject({
    status: 400,
    message: 'previous terminated container "main" in pod "two" not found',
  });
});

test('a log sink gets every line by uid, and is told of each new instance', async () => {
  const told: string[] = [];
  node = await startNode(realClock, {
    logSink: {
      beginRun: (uid, container) => told.push(`run ${uid} ${container}`),
      append: (uid, container, text) => told.push(`line ${uid} ${container} ${text}`),
    },
  });
  const { uid } = node.api.create(
    'app',
    shell('if [ -e been ]; then echo second; exec sleep 60; else touch been; echo first; fi'),
  ).metadata;
  await node.lineWhen((line) => line === '[app] second');
  expect(told).toEqual([`run ${uid} main`, `line ${uid} main first`, `run ${uid} main`, `line ${uid} main second`]);
});

test('fifty pods at once all run, and all go', async () => {
  node = await startNode(realClock);
  const names = Array.from({ length: 50 }, (_, index) => `app-${index}`);
  for (const name of names) node.api.create(name, shell('exec sleep 60'));
  for (const name of names) await node.podWhen(name, 'ready', (pod) => condition(pod, 'Ready') === 'True');
  for (const name of names) node.api.delete(name);
  await until('all gone', () => names.every((name) => node.api.pod(name) === undefined));
});

test('a pod that was over before this kubelet started is left alone', async () => {
  node = await startNode(realClock);
  const pod = node.api.create('over', { ...shell('echo ran; exec sleep 60'), nodeName: 'unknown' });
  node.api.replace({ ...pod, spec: { ...pod.spec, nodeName: 'here' }, status: { phase: 'Failed' } });
  node.api.create('other', shell('echo other; exec sleep 60'));
  await node.lineWhen((line) => line === '[other] other');
  expect(node.lines).not.toContain('[over] ran');
});
