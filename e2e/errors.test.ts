/** Whatever is wrong with one thing: a clear message or status, and everything else serves on. */
import { symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { freePorts } from './ports.ts';
import { run } from './processes.ts';
import type { Answer } from './request.ts';
import { type AppSpec, type RouseDev, rouseCommand, startRouseDev } from './rouse-dev.ts';

const steady: AppSpec = { name: 'steady', annotations: { 'autoscaling.knative.dev/min-scale': '1' } };
const shared = { 'rouse.dev/routes': 'shared.example.org' };

/** An answer and how long it took. */
interface Timed {
  readonly answer: Answer;
  readonly tookMs: number;
}

let dev: RouseDev;
/** Sent at the start, so that the tests wait for them side by side. */
let toExits: Promise<Timed>;
let toSilent: Promise<Timed>;
let toNoSuch: Promise<Timed>;

/** Messages of the Warning Events about a Deployment. */
async function warnings(name: string): Promise<string[]> {
  interface Event {
    readonly type?: string;
    readonly message?: string;
    readonly note?: string;
    readonly involvedObject?: { readonly name?: string };
  }
  const { items } = await dev.kube<{ items: Event[] }>('/api/v1/namespaces/default/events');
  return items
    .filter(({ type, involvedObject }) => type === 'Warning' && involvedObject?.name === name)
    .map(({ message, note }) => message ?? note ?? '');
}

async function timed(name: string): Promise<Timed> {
  const startedMs = performance.now();
  const answer = await dev.request(name);
  return { answer, tookMs: performance.now() - startedMs };
}

beforeAll(async () => {
  dev = await startRouseDev([
    steady,
    { name: 'exits', env: { EXIT_AT_ONCE: '1' } },
    { name: 'silent', env: { NEVER_LISTEN: '1' }, annotations: { 'rouse.dev/wake-timeout': '3s' } },
    { name: 'no-such', container: { command: ['/no/such/program'] } },
    { name: 'never-good', annotations: { 'autoscaling.knative.dev/target': 'many' } },
    { name: 'first-claim', annotations: shared },
  ]);
  await until(async () => (await dev.workload('steady')).ready === 1, 'the steady workload');
  [toExits, toSilent, toNoSuch] = [timed('exits'), timed('silent'), timed('no-such')];
});

afterAll(() => dev?.stop());

afterEach(async () => {
  const startedMs = performance.now();
  expect((await dev.request('steady')).status).toBe(200);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  expect((await dev.workload('steady')).problems).toEqual([]);
});

test('an unknown host gets 404 with its code', async () => {
  const answer = await dev.request('steady', '/', { host: 'nobody.example.com' });
  expect(answer.status).toBe(404);
  expect(answer.headers['x-rouse-error']).toBe('no-route');
  expect(answer.body).toContain('No workload for this host');
});

test('an app that exits at once gets 503 with its code long before the wake-timeout, and its output is shown', async () => {
  const { answer, tookMs } = await toExits;
  expect(answer.status).toBe(503);
  expect(answer.headers['x-rouse-error']).toBe('crash-loop');
  expect(tookMs).toBeLessThan(30_000);
  expect(dev.lines.some((line) => line.includes('exits-') && line.includes('exiting as told'))).toBe(true);
  const { blocked } = await dev.workload('exits');
  expect(blocked?.message).toContain('exited with 3');
  expect((await dev.rouse('status')).stdout).toContain('crash-loop');
});

test('an app that never listens gets 504 at its wake-timeout', async () => {
  const { answer, tookMs } = await toSilent;
  expect(answer.status).toBe(504);
  expect(answer.headers['x-rouse-error']).toBe('wake-timeout');
  expect(tookMs).toBeGreaterThanOrEqual(3_000);
  expect(tookMs).toBeLessThan(4_000);
});

test('a command that does not exist gets 503 with its code, and the message names it', async () => {
  const { answer } = await toNoSuch;
  expect(answer.status).toBe(503);
  expect(answer.headers['x-rouse-error']).toBe('crash-loop');
  expect((await dev.workload('no-such')).blocked?.message).toContain('/no/such/program');
});

test('a Deployment that never had good settings is left alone, with key, value, allowed range and fix in rouse status', async () => {
  const { problems } = await dev.workload('never-good');
  expect(problems.join('\n')).toMatch(/autoscaling\.knative\.dev\/target.*"many".*allowed/s);
  const { stdout } = await dev.rouse('status');
  expect(stdout).toContain('never-good: autoscaling.knative.dev/target: "many"');
});

test('a bad value leaves the last good settings in force, and is shown until it is mended', async () => {
  const named = (window: string): AppSpec => ({
    name: 'edited',
    annotations: { 'autoscaling.knative.dev/target': '7', 'autoscaling.knative.dev/window': window },
  });
  dev.writeManifest('edited.yaml', named('6s'));
  await until(async () => (await dev.workload('edited')).problems?.length === 0, 'the workload');
  dev.writeManifest('edited.yaml', {
    ...named('soon'),
    annotations: { ...named('soon').annotations, 'autoscaling.knative.dev/target': '9' },
  });
  await until(async () => (await dev.workload('edited')).problems.length > 0, 'the problem');
  const { problems, target } = await dev.workload('edited');
  expect(problems.join('\n')).toContain('autoscaling.knative.dev/window: "soon"');
  expect(target).toBeCloseTo(4.9);
  expect((await dev.rouse('status')).stdout).toContain('edited: autoscaling.knative.dev/window: "soon"');
  await until(async () => (await warnings('edited')).some((message) => message.includes('"soon"')), 'a Warning Event');
  expect((await dev.request('edited')).status).toBe(200);
  dev.writeManifest('edited.yaml', named('6s'));
  await until(async () => (await dev.workload('edited')).problems.length === 0, 'the problem to go');
});

test('of two Deployments that claim one route the older keeps it, and the younger is told', async () => {
  dev.writeManifest('second.yaml', { name: 'second-claim', annotations: shared });
  await until(async () => (await dev.workload('second-claim')).problems?.length > 0, 'the problem');
  expect((await dev.workload('second-claim')).problems.join('\n')).toMatch(/shared\.example\.org.*first-claim/s);
  await until(
    async () => (await warnings('second-claim')).some((message) => message.includes('shared.example.org')),
    'a Warning Event',
  );
  expect((await dev.workload('first-claim')).problems).toEqual([]);
  const answer = await dev.request('first-claim', '/', { host: 'shared.example.org' });
  expect(answer.headers['x-pod']).toMatch(/^first-claim-/);
  // Its own host stays.
  expect((await dev.request('second-claim')).headers['x-pod']).toMatch(/^second-claim-/);
});

test('YAML that cannot be parsed is told with file and line', async () => {
  writeFileSync(join(dev.folder, 'broken.yaml'), 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: [\n');
  await until(() => dev.lines.find((line) => line.includes('broken.yaml')), 'the problem to be told');
  expect(dev.lines.find((line) => line.includes('broken.yaml'))).toMatch(/problem:.*broken\.yaml:4: .*YAML/);
});

test('a manifest that cannot be read is told with its name', async () => {
  // A link to itself: unreadable for root too.
  symlinkSync('endless.yaml', join(dev.folder, 'endless.yaml'));
  await until(() => dev.lines.find((line) => line.includes('endless.yaml')), 'the problem to be told');
  expect(dev.lines.find((line) => line.includes('endless.yaml'))).toMatch(/problem:.*endless\.yaml/);
});

test('a taken port ends rouse dev at once with one line that names flag and port', async () => {
  const taken = net.createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as net.AddressInfo;
  try {
    const [admin, operator, api] = await freePorts(3);
    const flags = ['--port', port, '--admin-port', admin, '--operator-port', operator, '--api-port', api].map(String);
    const { code, stderr } = await run(process.execPath, [rouseCommand, 'dev', dev.folder, ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(`--port: "${port}" is not accepted`);
  } finally {
    taken.close();
  }
});

test('a path that is not there ends rouse dev with its name', async () => {
  const { code, stderr } = await run(process.execPath, [rouseCommand, 'dev', join(dev.folder, 'nowhere')]);
  expect(code).toBe(2);
  expect(stderr).toContain('nowhere');
});
