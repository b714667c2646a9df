import type { Report, WorkloadReport, WorkloadTable } from '@rouse/contract';
import { type ManualClock, manualClock, until } from '@rouse/contract/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeProxy, reportEvent } from './fake-proxy.ts';
import type { MemberView } from './member.ts';
import { type MemberChange, Members, type MembersOptions } from './members.ts';
import type { WantedEntry } from './wanted-table.ts';

let clock: ManualClock;
let proxy: FakeProxy;
let members: Members;
let reports: Report[];
let changes: MemberChange[];
const proxies: FakeProxy[] = [];

beforeEach(async () => {
  clock = manualClock();
  reports = [];
  changes = [];
  proxy = await startProxy();
  members = make();
});

afterEach(async () => {
  members.close();
  for (const one of proxies.splice(0)) await one.stop();
});

test('a leader sends the whole table first, then each change as one entry, with its token and fence', async () => {
  members.close();
  members = make({ token: () => 'secret' });
  members.publish(entry('default/a'));
  members.add(proxy.url);
  members.lead(7);
  await until(() => proxy.received.length === 1);
  const generation = members.publish(entry('default/b'));
  await until(() => proxy.paths().includes('PUT /v1/workloads/default/b'));
  expect(proxy.paths()[0]).toBe('PUT /v1/workloads');
  expect(tableKeys(0)).toEqual(['default/a']);
  const change = proxy.received.find((one) => one.path.endsWith('/b'))!;
  expect(change.fence).toEqual({ epoch: 7, generation });
  expect(JSON.parse(change.body)).toMatchObject({ key: 'default/b', generation });
  expect(change.authorization).toBe('Bearer secret');
});

test('a follower reads reports and sends nothing', async () => {
  members.add(proxy.url);
  members.publish(entry('default/a'));
  await streaming(proxy);
  proxy.report([workload('default/a', { held: 3 })]);
  await until(() => reports.length === 1);
  expect(members.list()[0]!.workload('default/a')?.report.held).toBe(3);
  expect(proxy.received).toEqual([]);
});

test('an equal entry published again sends nothing and keeps its generation', async () => {
  members.add(proxy.url);
  const first = members.publish(entry('default/a'));
  members.lead(1);
  await idle(proxy);
  const pushes = proxy.received.length;
  expect(members.publish(entry('default/a'))).toBe(first);
  const changed = members.publish(entry('default/a', { state: 'waking' }));
  expect(changed).toBeGreaterThan(first);
  await until(() => proxy.applied.generation === changed);
  expect(proxy.received.length).toBe(pushes + 1);
});

test('pushes to a slow proxy go one at a time in order, and only the newest of each key is sent', async () => {
  members.add(proxy.url);
  members.lead(1);
  await idle(proxy);
  proxy.answerDelayMs = 20;
  for (let round = 0; round < 5; round++) {
    for (const key of ['default/a', 'default/b', 'default/c'])
      members.publish(entry(key, { quietStatus: 500 + round }));
  }
  const last = members.publish(entry('default/d'));
  await until(() => proxy.applied.generation === last);
  const generations = proxy.received.map((one) => one.fence.generation);
  expect(generations).toEqual([...generations].sort((x, y) => x - y));
  expect(proxy.mostAtOnce).toBe(1);
  const entries = proxy.received.filter((one) => one.path.startsWith('/v1/workloads/'));
  expect(entries.length).toBeLessThanOrEqual(5);
  expect(JSON.parse(entries.findLast((one) => one.path.endsWith('/a'))!.body).quietStatus).toBe(504);
});

test('a slow proxy does not hold up another', async () => {
  const other = await startProxy();
  proxy.fault = () => true;
  members.add(proxy.url);
  members.add(other.url);
  members.lead(1);
  const generation = members.publish(entry('default/a'));
  await until(() => other.applied.generation >= generation);
});

test('hundreds of changes at once go as one table', async () => {
  members.add(proxy.url);
  members.lead(1);
  await idle(proxy);
  for (let i = 0; i < 300; i++) members.publish(entry(`default/app-${i}`));
  await until(() => tableKeys(proxy.received.length - 1).length === 300);
  expect(proxy.received.length).toBeLessThan(6);
});

test('a withdrawn workload is deleted at the proxy, its name encoded', async () => {
  members.publish(entry('default/a b'));
  members.add(proxy.url);
  members.lead(1);
  await idle(proxy);
  members.withdraw('default/a b');
  members.withdraw('default/never-there');
  await until(() => proxy.paths().includes('DELETE /v1/workloads/default/a%20b'));
  expect(members.wanted('default/a b')).toBeUndefined();
});

test('a sign of life follows every 2 s under the generation the proxy has, and its send time is kept', async () => {
  members.publish(entry('default/a'));
  members.add(proxy.url);
  members.lead(3);
  await idle(proxy);
  expect(members.list()[0]!.lastSignSentAtMs).toBe(0);
  const fence = proxy.applied;
  clock.advance(1999);
  expect(proxy.paths()).not.toContain('PUT /v1/leader');
  clock.advance(1);
  await until(() => proxy.paths().includes('PUT /v1/leader'));
  expect(proxy.received.at(-1)).toMatchObject({ fence, body: '' });
  await until(() => members.list()[0]!.lastSignSentAtMs === 2000);
  clock.advance(2000);
  await until(() => proxy.paths().filter((path) => path === 'PUT /v1/leader').length === 2);
});

test('a push without an answer is sent again before a sign of life, so that none claims what was missed', async () => {
  members.add(proxy.url);
  members.lead(1);
  await idle(proxy);
  let cut = 0;
  proxy.fault = (one, response) => {
    if (!one.path.endsWith('/a') || cut++ > 0) return false;
    response.destroy();
    return true;
  };
  const generation = members.publish(entry('default/a'));
  await until(() => cut === 1);
  await advanceUntil(() => proxy.applied.generation === generation, 500);
  const tail = proxy.paths().slice(1);
  expect(tail.slice(0, 2)).toEqual(['PUT /v1/workloads/default/a', 'PUT /v1/workloads/default/a']);
});

test('a proxy that hangs is asked again after the time limit', async () => {
  let asked = 0;
  proxy.fault = () => asked++ === 0;
  members.add(proxy.url);
  members.lead(1);
  await until(() => asked === 1);
  expect(members.list()[0]!.lastSignSentAtMs).toBeNull();
  clock.advance(5000);
  await advanceUntil(() => proxy.applied.generation > 0, 50);
});

test('a restarted proxy, seen by its new instance id, gets the whole table again', async () => {
  members.publish(entry('default/a'));
  members.publish(entry('default/b'));
  members.add(proxy.url);
  members.lead(1);
  await idle(proxy);
  await streaming(proxy);
  proxy.report([workload('default/a', { inFlight: 1 })]);
  await until(() => reports.length === 1);
  await proxy.stop();
  proxy.instance = 'instance-2';
  proxy.applied = { epoch: 0, generation: 0 };
  proxy.received.length = 0;
  await proxy.start();
  await advanceUntil(() => proxy.streams.size > 0, 100);
  proxy.report();
  await advanceUntil(() => proxy.paths().includes('PUT /v1/workloads'), 100);
  expect(tableKeys(proxy.paths().indexOf('PUT /v1/workloads'))).toEqual(['default/a', 'default/b']);
  const restart = { kind: 'instance', instance: 'instance-2', previous: 'instance-1' };
  expect(changes).toContainEqual(restart);
  expect(members.list()[0]!.workload('default/a')).toBeUndefined();
});

test('a proxy whose answer to one entry carries a new instance id gets the whole table', async () => {
  members.publish(entry('default/a'));
  members.add(proxy.url);
  members.lead(1);
  await idle(proxy);
  proxy.instance = 'instance-2';
  proxy.received.length = 0;
  members.publish(entry('default/b'));
  await until(() => proxy.paths().includes('PUT /v1/workloads'));
  expect(tableKeys(proxy.paths().indexOf('PUT /v1/workloads'))).toEqual(['default/a', 'default/b']);
});

test('a higher epoch at a proxy stops this leader at once, everywhere', async () => {
  const other = await startProxy();
  const fenced: unknown[] = [];
  members.close();
  members = make({ onFenced: (member, fence) => fenced.push([member.url, fence]) });
  members.publish(entry('default/a'));
  members.add(proxy.url);
  members.add(other.url);
  members.lead(4);
  await idle(proxy);
  await idle(other);
  proxy.applied = { epoch: 5, generation: 2 };
  members.publish(entry('default/a', { state: 'awake' }));
  await until(() => fenced.length === 1);
  expect(fenced).toEqual([[proxy.url, { epoch: 5, generation: 2 }]]);
  const before = other.received.length;
  members.publish(entry('default/b'));
  clock.advance(10_000);
  await until(() => proxy.streamsOpened > 1);
  expect(other.received.length).toBe(before);
  members.lead(6);
  await until(() => proxy.applied.epoch === 6 && other.applied.epoch === 6);
});

test('a proxy ahead of us in our own epoch gets the table under a newer generation', async () => {
  members.publish(entry('default/a'));
  members.add(proxy.url);
  proxy.applied = { epoch: 2, generation: 500 };
  members.lead(2);
  await advanceUntil(() => proxy.applied.generation > 500, 50);
  expect(tableKeys(proxy.received.length - 1)).toEqual(['default/a']);
});

test('one entry that a proxy refuses is told and passed over; its workload stays unknown there', async () => {
  members.add(proxy.url);
  members.lead(1);
  await idle(proxy);
  proxy.fault = (one, response) => {
    if (!one.path.endsWith('/bad')) return false;
    response.writeHead(400).end('pods[0].address: not an IP literal');
    return true;
  };
  members.publish(entry('default/bad'));
  const generation = members.publish(entry('default/good'));
  await until(() => proxy.applied.generation === generation);
  await streaming(proxy);
  proxy.report();
  await until(() => reports.length === 1);
  expect(members.unknownFor('default/bad').length).toBe(1);
  expect(members.unknownFor('default/good').length).toBe(0);
  const refused = changes.filter((change) => change.kind === 'refused');
  expect(refused).toEqual([
    { kind: 'refused', key: 'default/bad', status: 400, detail: 'pods[0].address: not an IP literal' },
  ]);
});

test('a table refused for one entry goes out again without it, and with it once it was mended', async () => {
  proxy.fault = (one, response) => {
    const at =
      (JSON.parse(one.body || '{}') as WorkloadTable).workloads?.findIndex((each) => each.key === 'default/bad') ?? -1;
    if (at === -1 || one.body.includes('"quietStatus":500')) return false;
    response.writeHead(400).end(JSON.stringify({ key: `workloads[${at}].pods[0].address`, value: 'x' }));
    return true;
  };
  members.publish(entry('default/a'));
  members.publish(entry('default/bad'));
  members.publish(entry('default/c'));
  members.add(proxy.url);
  members.lead(1);
  await idle(proxy);
  expect(proxy.received.map((_, index) => tableKeys(index))).toEqual([
    ['default/a', 'default/bad', 'default/c'],
    ['default/a', 'default/c'],
  ]);
  expect(changes).toContainEqual(expect.objectContaining({ kind: 'refused', key: 'default/bad', status: 400 }));
  await streaming(proxy);
  proxy.report();
  await until(() => reports.length === 1);
  expect(members.unknownFor('default/bad').length).toBe(1);
  expect(members.unknownFor('default/c').length).toBe(0);
  const mended = members.publish(entry('default/bad', { quietStatus: 500 }));
  await until(() => proxy.applied.generation === mended);
});

test('nothing is written while the lease is not valid for long enough', async () => {
  let valid = false;
  members.add(proxy.url);
  members.lead(1, () => valid);
  clock.advance(500);
  await streaming(proxy);
  expect(proxy.received).toEqual([]);
  valid = true;
  clock.advance(100);
  await until(() => proxy.received.length === 1);
});

test('demand is unknown until the member has the entry in some version, and again once it is silent for 3 s', async () => {
  members.publish(entry('default/a'));
  members.add(proxy.url);
  members.lead(1);
  await idle(proxy);
  expect(members.list()[0]!.counted).toBe(true);
  expect(members.unknownFor('default/a').length).toBe(1);
  await streaming(proxy);
  proxy.report();
  await until(() => reports.length === 1);
  expect(members.unknownFor('default/a').length).toBe(0);
  members.publish(entry('default/a', { state: 'awake' }));
  members.renew('default/a');
  expect(members.unknownFor('default/a').length).toBe(0);
  const added = members.publish(entry('default/new'));
  expect(members.unknownFor('default/new').length).toBe(1);
  await until(() => proxy.applied.generation === added);
  proxy.report();
  await until(() => members.unknownFor('default/new').length === 0);
  clock.advance(3001);
  expect(members.unknownFor('default/a').length).toBe(1);
});

test('a proxy that was never heard is unknown, since it may hold an earlier table; it counts once it may have got ours', async () => {
  const absent = new FakeProxy();
  await absent.start();
  const url = absent.url;
  await absent.stop();
  members.add(url);
  members.add(proxy.url);
  proxy.fault = (_, response) => {
    response.destroy();
    return true;
  };
  members.lead(1);
  await until(() => proxy.received.length === 1 && members.list()[1]!.counted);
  expect(members.list()[0]!.counted).toBe(false);
  expect(members.unknownFor('default/a').map((member) => member.url)).toEqual([absent.url, proxy.url]);
});

test('a proxy that says it holds an earlier table counts before it is sent ours', async () => {
  proxy.applied = { epoch: 3, generation: 12 };
  members.add(proxy.url);
  await streaming(proxy);
  proxy.report();
  await until(() => reports.length === 1);
  expect(members.list()[0]!.counted).toBe(true);
});

test('a report split at every byte is read whole, also inside a multi-byte character', async () => {
  members.add(proxy.url);
  await streaming(proxy);
  const event = Buffer.from(
    reportEvent(proxy, [workload('default/a', { wake: { by: 'cürl ☕', agoMs: 1 } })]).replace(
      'data: ',
      ': hi\r\ndata: ',
    ),
  );
  const [stream] = proxy.streams;
  for (const byte of event) {
    stream!.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  await until(() => reports.length === 1);
  expect(reports[0]!.workloads[0]!.wake?.by).toBe('cürl ☕');
});

test('a stream that falls silent is opened again after 3 s, one that ends after a short wait', async () => {
  members.add(proxy.url);
  await streaming(proxy);
  proxy.report();
  await until(() => reports.length === 1);
  clock.advance(2999);
  expect(proxy.streamsOpened).toBe(1);
  clock.advance(1);
  expect(changes.at(-1)).toEqual({ kind: 'broken', reason: 'no report for 3000 ms' });
  await advanceUntil(() => proxy.streamsOpened === 2 && proxy.streams.size === 1, 50);
  proxy.report();
  await until(() => reports.length === 2);
  expect(changes.at(-1)).toEqual({ kind: 'reporting' });
  for (const stream of proxy.streams) stream.end();
  await until(() => changes.at(-1)?.kind === 'broken');
  await advanceUntil(() => proxy.streamsOpened === 3, 50);
});

test('a proxy that is down is told once, however often it is tried', async () => {
  members.add(proxy.url);
  await streaming(proxy);
  proxy.report();
  await until(() => reports.length === 1);
  await proxy.stop();
  await until(() => changes.at(-1)?.kind === 'broken');
  await advanceUntil(() => clock.nowMs() > 20_000, 100);
  const reasons = changes.flatMap((change) => (change.kind === 'broken' ? [change.reason] : []));
  expect(new Set(reasons).size).toBe(reasons.length);
  expect(reasons.at(-1)).toMatch(/ECONNREFUSED/);
});

test('an event that is no report breaks the stream instead of reaching a decision', async () => {
  members.add(proxy.url);
  await streaming(proxy);
  proxy.write('data: {"instance":"x","applied":{"epoch":0,"generation":-1},"periodMs":1,"workloads":[]}\n\n');
  await until(() => changes.at(-1)?.kind === 'broken');
  expect(reports).toEqual([]);
});

test('a member silent for a minute is told once, and still counts', async () => {
  members.add(proxy.url);
  members.lead(1);
  await idle(proxy);
  await streaming(proxy);
  proxy.report();
  await until(() => reports.length === 1);
  clock.advance(60_000);
  clock.advance(60_000);
  const silent = changes.filter((change) => change.kind === 'silent');
  expect(silent.length).toBe(1);
  expect(members.unknownFor('default/a').length).toBe(1);
});

test('a workload left out of a newer report is no longer current', async () => {
  members.add(proxy.url);
  await streaming(proxy);
  proxy.report([workload('default/a'), workload('default/b')]);
  proxy.report([workload('default/b')]);
  await until(() => reports.length === 2);
  const [member] = members.list();
  expect(member!.workload('default/a')?.current).toBe(false);
  expect(member!.workload('default/b')?.current).toBe(true);
});

test('a removed member is left alone, and adding one twice changes nothing', async () => {
  members.add(proxy.url);
  members.add(`${proxy.url}/`);
  expect(members.list().length).toBe(1);
  members.lead(1);
  await idle(proxy);
  members.remove(proxy.url);
  await until(() => proxy.streams.size === 0);
  expect(members.list()).toEqual([]);
  expect(members.unknownFor('default/a')).toEqual([]);
});

test('an address that is no URL is told with what to write instead', () => {
  for (const url of ['localhost:8081', 'ftp://x', 'nonsense', 'http://a/?x=1']) {
    expect(members.add(url)).toMatchObject({ key: '--proxy', value: url, severity: 'error' });
  }
  expect(members.list()).toEqual([]);
});

function make(options: Partial<MembersOptions> = {}): Members {
  return new Members({
    clock,
    onReport: (_: MemberView, report) => reports.push(report),
    onMember: (_: MemberView, change) => changes.push(change),
    random: () => 0,
    ...options,
  });
}

async function startProxy(): Promise<FakeProxy> {
  const one = new FakeProxy();
  proxies.push(one);
  await one.start();
  return one;
}

function entry(key: string, over: Partial<WantedEntry> = {}): WantedEntry {
  return {
    key,
    routes: [`${key.replace('/', '.')}.example.com`],
    limits: {
      containerConcurrency: 0,
      wakeTimeoutMs: 300_000,
      responseTimeoutMs: 300_000,
      requestTimeoutMs: 0,
      idleTimeoutMs: 0,
      queueLimit: 10_000,
      drainTimeoutMs: 300_000,
    },
    quiet: [],
    quietStatus: 503,
    waitingPage: false,
    alarm: null,
    state: 'asleep',
    blocked: null,
    pods: [],
    ...over,
  };
}

function workload(key: string, over: Partial<WorkloadReport> = {}): WorkloadReport {
  return {
    key,
    generation: 1,
    concurrency: 0,
    inFlight: 0,
    held: 0,
    arrivals: 0,
    completions: 0,
    idleMs: null,
    pods: [],
    ...over,
  };
}

function tableKeys(index: number): readonly string[] {
  const table = JSON.parse(proxy.received[index]?.body || '{"workloads":[]}') as WorkloadTable;
  return table.workloads?.map((one) => one.key) ?? [];
}

/** The table was applied and answered. */
async function idle(one: FakeProxy): Promise<void> {
  await until(() => one.applied.generation > 0);
  await until(() => members.list().find((member) => member.url === one.url)?.lastSignSentAtMs !== null);
}

async function streaming(one: FakeProxy): Promise<void> {
  await until(() => one.streams.size > 0);
}

/** Asks again and again, moving the clock on by `stepMs` each time. */
async function advanceUntil(condition: () => boolean, stepMs: number): Promise<void> {
  await until(() => {
    if (condition()) return true;
    clock.advance(stepMs);
    return false;
  });
}

test('a proxy that is excused is told once, still listed, and no longer excused once it is heard again', async () => {
  members.add(proxy.url);
  await streaming(proxy);
  members.excuse(proxy.url, 'fewer');
  members.excuse(proxy.url, 'fewer');
  members.excuse('http://127.0.0.1:1', 'zero');
  expect(members.list().map(({ excuse }) => excuse)).toEqual(['fewer']);
  expect(changes.filter(({ kind }) => kind === 'excused')).toHaveLength(1);
  proxy.report();
  await until(() => members.list()[0]?.excuse === 'none');
});
