import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@rouse/contract/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StatusOptions, status } from './status.ts';
import { type FakeOperator, startFakeOperator } from './testing/fake-operator.ts';
import { type RecordedOutput, recordedOutput } from './testing/recorded-output.ts';
import { sampleWorkload } from './testing/sample-workload.ts';

let operator: FakeOperator;
let output: RecordedOutput;
let stop: AbortController;
beforeEach(async () => {
  operator = await startFakeOperator();
  output = recordedOutput();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await operator.close();
});

const run = (options: Partial<StatusOptions> = {}) =>
  status({ operator: operator.url, ...options }, output, stop.signal);

test('the table has the columns of kubectl get hpa, aligned, and a limit of 0 as -', async () => {
  operator.workloads = [
    sampleWorkload(),
    sampleWorkload({
      name: 'a-longer-name',
      state: 'asleep',
      ready: 0,
      replicas: 0,
      sleepsInMs: null,
      maxScale: 5,
      metric: 'rps',
      target: 140,
      observed: 0,
    }),
  ];
  expect(await run()).toBe(0);
  expect(output.printed).toEqual([
    'NAME            STATE    TARGETS               MIN   MAX   REPLICAS   HELD   SLEEPS-IN',
    'hello           awake    concurrency: 0.3/70   0     -     1/1        0      6s',
    'a-longer-name   asleep   rps: 0/140            0     5     0/0        0      -',
  ]);
});

test('what is wrong stands below the table, with the name', async () => {
  operator.workloads = [
    sampleWorkload({ state: 'waking', blocked: { code: 'crash-loop', message: 'exited with 3' } }),
    sampleWorkload({ name: 'other', problems: ['window: "1s" is not accepted'], unmanaged: 'class hpa' }),
  ];
  await run();
  expect(output.printed[1]).toContain('waking (crash-loop)');
  expect(output.printed[2]).toContain('awake (left alone)');
  expect(output.printed.slice(3)).toEqual([
    '',
    'hello: crash-loop: exited with 3',
    'other: left alone: class hpa',
    'other: window: "1s" is not accepted',
  ]);
});

test('names carry their namespace as soon as one is not in default; --namespace shows one alone', async () => {
  operator.workloads = [sampleWorkload(), sampleWorkload({ namespace: 'team-a', name: 'shop' })];
  await run();
  expect(output.printed.map((line) => line.split(' ')[0])).toEqual(['NAME', 'default/hello', 'team-a/shop']);
  output = recordedOutput();
  await run({ namespace: 'default' });
  expect(output.printed.map((line) => line.split(' ')[0])).toEqual(['NAME', 'hello']);
});

test('without workloads it says what to annotate', async () => {
  await run();
  expect(output.printed).toEqual([expect.stringContaining('rouse.dev/enabled: "true"')]);
});

test('--json gives the workloads as the API has them', async () => {
  operator.workloads = [sampleWorkload()];
  await run({ json: true });
  expect(JSON.parse(output.printed.join('\n'))).toEqual({ workloads: [sampleWorkload()] });
});

test('no operator is one line that says how to get one, and exit code 1', async () => {
  await operator.close();
  expect(await run()).toBe(1);
  expect(output.printed).toEqual([]);
  expect(output.complaints).toEqual([
    `error: no operator at ${operator.url} (ECONNREFUSED); start one with "rouse dev PATH", or name it with --operator URL`,
  ]);
  operator = await startFakeOperator();
});

test('an address that is none, and a server that is no operator, are told apart', async () => {
  expect(await run({ operator: 'localhost:9090' })).toBe(1);
  expect(output.complaints[0]).toContain('"localhost:9090" is no address of an operator');
  const other = createServer((_, response) => response.end('<html>'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  expect(await run({ operator: url })).toBe(1);
  expect(output.complaints[1]).toContain(`what answers at ${url} is no operator of Rouse`);
  other.close();
  other.closeAllConnections();
});

test('--watch prints a line for each change, none for a countdown alone, and ends when interrupted', async () => {
  operator.workloads = [sampleWorkload()];
  const ended = run({ watch: true });
  await until(() => operator.readers === 1);
  operator.send({ type: 'workload', workload: sampleWorkload({ sleepsInMs: 4_000 }) });
  operator.send({ type: 'workload', workload: sampleWorkload({ problems: ['bad value'] }) });
  operator.send({ type: 'workload', workload: sampleWorkload({ held: 2, state: 'waking', problems: ['bad value'] }) });
  operator.send({ type: 'workload', workload: sampleWorkload({ name: 'new' }) });
  operator.send({ type: 'removed', namespace: 'default', name: 'new' });
  await until(() => output.printed.length === 5);
  stop.abort();
  expect(await ended).toBe(0);
  expect(output.printed).toEqual([
    'NAME    STATE    TARGETS                 MIN   MAX   REPLICAS   HELD   SLEEPS-IN',
    'hello   awake    concurrency: 0.3/70     0     -     1/1        0      6s',
    'hello   waking   concurrency: 0.3/70     0     -     1/1        2      6s',
    'new     awake    concurrency: 0.3/70     0     -     1/1        0      6s',
    'new is gone',
  ]);
  expect(output.complaints).toEqual(['hello: bad value']);
});

test('--watch outlives the operator: it says so once, and goes on with what changed meanwhile', async () => {
  operator.workloads = [sampleWorkload()];
  const ended = run({ watch: true });
  await until(() => operator.readers === 1);
  const { port, url } = operator;
  await operator.close();
  await until(() => output.complaints.length === 1);
  operator = await startFakeOperator(port);
  operator.workloads = [sampleWorkload({ state: 'asleep', sleepsInMs: null })];
  await until(() => output.printed.length === 3);
  expect(output.complaints).toEqual([`operator at ${url} is gone, waiting for it`, 'operator is back']);
  expect(output.printed[2]).toContain('asleep');
  stop.abort();
  await ended;
});

test('--watch --json prints an object a line', async () => {
  operator.workloads = [sampleWorkload()];
  const ended = run({ watch: true, json: true });
  await until(() => operator.readers === 1);
  operator.send({ type: 'workload', workload: sampleWorkload({ held: 1 }) });
  operator.send({ type: 'removed', namespace: 'default', name: 'hello' });
  await until(() => output.printed.length === 3);
  expect(output.printed.map((line) => JSON.parse(line) as object)).toEqual([
    sampleWorkload(),
    sampleWorkload({ held: 1 }),
    { namespace: 'default', name: 'hello', removed: true },
  ]);
  stop.abort();
  await ended;
});

test('an operator in a cluster gets its token from the environment, and without one the message says where it is', async () => {
  operator.token = 'secret';
  operator.workloads = [sampleWorkload()];
  expect(await run()).toBe(1);
  expect(output.complaints).toEqual([expect.stringContaining('set ROUSE_CONTROL_TOKEN')]);
  process.env.ROUSE_CONTROL_TOKEN = 'secret\nolder';
  try {
    expect(await run()).toBe(0);
    const watching = run({ watch: true });
    await until(() => operator.readers === 1, 'the events to be read');
    stop.abort();
    expect(await watching).toBe(0);
  } finally {
    delete process.env.ROUSE_CONTROL_TOKEN;
  }
});
