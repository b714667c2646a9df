import { EPOCH_HEADER, GENERATION_HEADER, type Report, type WorkloadEntry } from '@rouse/contract';
import { createLog, openControlToken, startAdminServer, systemClock } from '@rouse/daemon';
import { afterEach, expect, test } from 'vitest';
import { mountControlApi } from './control-api.ts';
import { createDataPlane, type DataPlane } from './data-plane.ts';
import { defaultFlags } from './default-flags.ts';
import { dataTransport } from './http1/transport.ts';
import { proxyScrape } from './metrics.ts';
import { entry, pod } from './path-fixture.ts';

const ends: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const TOKEN = 'secret-of-the-test';

interface Served {
  readonly plane: DataPlane;
  readonly url: string;
  send(method: string, path: string, pair: readonly [number, number] | null, body?: unknown): Promise<Response>;
}

async function serve(allowLocalPods = false): Promise<Served> {
  const plane = createDataPlane(defaultFlags(), dataTransport, systemClock, 'i1');
  const log = createLog('test', 'silent');
  const { token } = openControlToken({ file: null, env: { ROUSE_CONTROL_TOKEN: TOKEN }, clock: systemClock, log });
  const started = await startAdminServer({
    host: '127.0.0.1',
    port: 0,
    hostFlag: 'admin-host',
    portFlag: 'admin-port',
    token,
    ready: () => null,
    scrape: proxyScrape({ ...plane, http1: plane.engine.stats, shutdownCut: () => 0, accessLogDropped: () => 0 }),
    mount: (app, guard) => mountControlApi(app, guard, { ...plane, allowLocalPods, accepted: async () => {}, log }),
    log,
  });
  if (!started.ok) throw new Error(started.problem.fix);
  ends.push(() => started.server.close(), plane.close);
  const url = `http://127.0.0.1:${started.server.port}`;
  return {
    plane,
    url,
    send(method, path, pair, body) {
      const headers = new Headers({ authorization: `Bearer ${TOKEN}` });
      if (pair !== null) {
        headers.set(EPOCH_HEADER, String(pair[0]));
        headers.set(GENERATION_HEADER, String(pair[1]));
      }
      const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
      return fetch(`${url}${path}`, { method, headers, body: text });
    },
  };
}

test('without the token nothing of the control API answers, while health and metrics do', async () => {
  const { url } = await serve();
  for (const path of ['/v1/workloads', '/v1/reports', '/v1/leader']) {
    expect((await fetch(`${url}${path}`)).status).toBe(401);
  }
  for (const path of ['/livez', '/readyz', '/metrics']) expect((await fetch(`${url}${path}`)).status).toBe(200);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('rouse_proxy_control_refused_total{reason="token"} 3');
});

test('a whole table replaces what was there, and is shown with live counters', async () => {
  const { send, plane } = await serve();
  expect((await send('PUT', '/v1/workloads', [1, 1], { workloads: [entry('old', [])] })).status).toBe(200);
  const accepted = await send('PUT', '/v1/workloads', [1, 2], { workloads: [entry('web', [pod('a')])] });
  expect(await accepted.json()).toEqual({ instance: 'i1', epoch: 1, generation: 2 });
  const view = (await (await send('GET', '/v1/workloads', null)).json()) as { workloads: unknown[] };
  expect(view).toMatchObject({ instance: 'i1', applied: { epoch: 1, generation: 2 } });
  expect(view.workloads).toHaveLength(1);
  expect(view.workloads[0]).toMatchObject({
    key: 'default/web',
    inFlight: 0,
    held: 0,
    pods: [{ uid: 'a', usable: true }],
  });
  expect(plane.fleet.complete).toBe(true);
});

test('one workload is put and deleted by its own address; deleting it twice is no error', async () => {
  const { send, plane } = await serve();
  const web = entry('web', []);
  expect((await send('PUT', '/v1/workloads/default/web', [1, 1], web)).status).toBe(200);
  expect(plane.fleet.workloads.has('default/web')).toBe(true);
  expect(plane.fleet.complete).toBe(false);
  for (const generation of [2, 3]) {
    expect((await send('DELETE', '/v1/workloads/default/web', [1, generation])).status).toBe(200);
  }
  expect(plane.fleet.workloads.size).toBe(0);
});

test('an older pair is refused with the own one and changes nothing', async () => {
  const { send, plane } = await serve();
  await send('PUT', '/v1/leader', [5, 10]);
  const older = await send('PUT', '/v1/workloads', [4, 99], { workloads: [entry('web', [])] });
  expect(older.status).toBe(409);
  expect(await older.json()).toEqual({ epoch: 5, generation: 10 });
  expect((await send('DELETE', '/v1/workloads/a/b', [5, 9])).status).toBe(409);
  expect(plane.fleet.workloads.size).toBe(0);
  expect(plane.control.fence).toBe(2);
});

test.each<[string, string, string, readonly [number, number] | null, unknown, string]>([
  ['no pair', 'PUT', '/v1/leader', null, undefined, EPOCH_HEADER],
  ['no JSON', 'PUT', '/v1/workloads', [9, 9], '{"workloads":', 'body'],
  ['no table', 'PUT', '/v1/workloads', [9, 9], { workloads: 'all' }, 'workloads'],
  ['the entry of another', 'PUT', '/v1/workloads/default/other', [9, 9], entry('web', []), 'key'],
  [
    'a host name as address',
    'PUT',
    '/v1/workloads/default/web',
    [9, 9],
    entry('web', [pod('a', { address: 'db' })]),
    'pods[0].address',
  ],
  [
    'a local address',
    'PUT',
    '/v1/workloads',
    [9, 9],
    { workloads: [entry('web', [pod('a', { address: '127.0.0.1' })])] },
    'workloads[0].pods[0].address',
  ],
])('%s is refused with a problem, and is no sign of life', async (_what, method, path, pair, body, key) => {
  const { send, plane } = await serve();
  const answer = await send(method, path, pair, body);
  expect(answer.status).toBe(400);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  const problem = (await answer.json()) as { key: string };
  expect(problem.key).toBe(key);
  for (const member of ['value', 'allowed', 'fix', 'detail'])
    expect(problem).toHaveProperty(member, expect.any(String));
  expect(plane.fencing.lastSignMs).toBeNull();
  expect(plane.control.body).toBe(1);
});

test('pods of this machine are accepted where they are allowed', async () => {
  const { send } = await serve(true);
  const table = { workloads: [entry('web', [pod('a', { address: '127.0.0.1' })])] };
  expect((await send('PUT', '/v1/workloads', [1, 1], table)).status).toBe(200);
});

/** Reads events of the stream until `enough` says so. */
async function readReports(url: string, enough: (reports: Report[]) => boolean): Promise<Report[]> {
  const abort = new AbortController();
  const response = await fetch(`${url}/v1/reports`, {
    headers: { authorization: `Bearer ${TOKEN}` },
    signal: abort.signal,
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reports: Report[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body!) {
    text += decoder.decode(bytes, { stream: true });
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      reports.push(JSON.parse(text.slice('data: '.length, end)) as Report);
      text = text.slice(end + 2);
    }
    if (enough(reports)) break;
  }
  abort.abort();
  return reports;
}

test('reports are streamed: the state at once, then a beat each second, to several readers, who may leave', async () => {
  const { send, url, plane } = await serve();
  const web: WorkloadEntry = entry('web', [pod('a', { phase: 'closed' })]);
  await send('PUT', '/v1/workloads', [1, 1], { workloads: [web] });
  const beats = (reports: Report[]) => reports.filter((report) => report.beat).length >= 2;
  const [one, two] = await Promise.all([readReports(url, beats), readReports(url, (reports) => reports.length >= 1)]);
  expect(two[0]).toMatchObject({ instance: 'i1', applied: { epoch: 1, generation: 1 }, beat: false, periodMs: 0 });
  expect(one.at(-1)!.workloads).toMatchObject([
    { key: 'default/web', generation: web.generation, pods: [{ uid: 'a', phase: 'closed', inFlight: 0 }] },
  ]);
  expect(one.at(-1)!.periodMs).toBeGreaterThan(900);
  await expect.poll(() => plane.reports.count, { timeout: 3000 }).toBe(0);
});
