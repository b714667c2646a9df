import * as http from 'node:http';
import { connect, type Socket } from 'node:net';
import { type ManualClock, manualClock, until } from '@rouse/contract/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAX_BEHIND_BYTES } from './event-feed.ts';
import { FakeSource } from './fake-source.ts';
import type { OperatorHttpOptions } from './operator-http.ts';
import { type ServedOperator, serveOperator } from './serve-operator.ts';

let source: FakeSource;
let clock: ManualClock;
let served: ServedOperator;
let port: number;
const sockets: Socket[] = [];

beforeEach(async () => {
  source = new FakeSource();
  clock = manualClock();
  await listen();
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await served.close();
});

test('workloads, one workload and its decisions are answered as JSON', async () => {
  source.set('hello', { held: 2 });
  const record = { at: '2026-01-01T00:00:00Z', cause: 'wake', from: 0, to: 1, inputs: {}, steps: [] } as const;
  source.records.set('default/hello', [record]);
  const list = await get('/api/workloads');
  expect(list.status).toBe(200);
  expect(list.headers['content-type']).toMatch(/^application\/json/);
  expect(JSON.parse(list.body)).toMatchObject({ workloads: [{ namespace: 'default', name: 'hello', held: 2 }] });
  expect(JSON.parse((await get('/api/workloads/default/hello')).body)).toMatchObject({ name: 'hello', held: 2 });
  expect(JSON.parse((await get('/api/workloads/default/hello/decisions')).body)).toEqual({ decisions: [record] });
});

test('an unknown workload is 404 naming the known ones, its own name escaped', async () => {
  source.set('hello');
  source.set('prod/other');
  for (const path of ['', '/decisions']) {
    const answer = await get(`/api/workloads/default/%3Cscript%3E%22${path}`);
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    const problem = JSON.parse(answer.body) as { detail: string; status: number };
    expect(problem.status).toBe(404);
    expect(problem.detail).toContain('default/hello, prod/other');
  }
  expect((await post('/api/workloads/default/nobody/wake')).status).toBe(404);
  expect(source.woken).toEqual([]);
  expect(JSON.parse((await get('/api/workloads/__proto__/constructor')).body)).toMatchObject({ status: 404 });
});

test('waking is passed on; a refusal is 409, no leader 503', async () => {
  source.set('hello');
  expect(await post('/api/workloads/default/hello/wake')).toMatchObject({ status: 202 });
  expect(source.woken).toEqual(['default/hello']);
  source.wakeResult = { ok: false, reason: 'refused', message: 'paused by rouse.dev/paused' };
  const refused = await post('/api/workloads/default/hello/wake');
  expect(refused.status).toBe(409);
  expect(JSON.parse(refused.body)).toMatchObject({ detail: 'paused by rouse.dev/paused' });
  source.wakeResult = { ok: false, reason: 'unavailable', message: 'another operator leads' };
  expect(await post('/api/workloads/default/hello/wake')).toMatchObject({ status: 503 });
});

test('a name rebound to this address gets 421 on every path and nothing is done', async () => {
  source.set('hello');
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
  ]) {
    for (const path of ['/', '/page.css', '/api/workloads', '/api/events']) {
      expect((await get(path, { host })).status, `${host} ${path}`).toBe(421);
    }
    expect((await post('/api/workloads/default/hello/wake', { host })).status).toBe(421);
  }
  for (const path of ['/livez', '/readyz', '/metrics'])
    expect((await get(path, { host: 'evil.example' })).status).toBe(421);
  expect(source.woken).toEqual([]);
});

test('loopback names with any port, and hosts that were allowed, are answered; probes and scrapes at any address', async () => {
  await restart({ hosts: ['Rouse.Example.com'] });
  for (const host of ['localhost', 'LOCALHOST:1', `127.0.0.1:${port}`, '[::1]:9090', 'rouse.example.com:443']) {
    expect((await get('/api/workloads', { host })).status, host).toBe(200);
  }
  for (const host of ['10.1.2.3:9090', '[fd00::1]:9090']) {
    for (const path of ['/livez', '/readyz', '/metrics']) expect((await get(path, { host })).status).toBe(200);
  }
});

test('a write that another page could make a browser send is refused before anything happens', async () => {
  source.set('hello');
  const path = '/api/workloads/default/hello/wake';
  const own = `http://127.0.0.1:${port}`;
  const cases: [Record<string, string>, number][] = [
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: `http://127.0.0.1:${port + 1}` }, 403],
    [{ origin: 'http://localhost' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: own, 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'content-type': 'text/plain' }, 415],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [{ 'content-type': 'text/plain; application/json' }, 415],
    [{ 'content-type': '' }, 415],
  ];
  for (const [headers, status] of cases) {
    const answer = await post(path, headers);
    expect(answer.status, JSON.stringify(headers)).toBe(status);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  }
  expect(source.woken).toEqual([]);
  expect((await post(path, { origin: own, 'sec-fetch-site': 'same-origin' })).status).toBe(202);
  expect((await post(path, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(202);
});

test('a preflight gets no permission', async () => {
  const answer = await send('OPTIONS', '/api/workloads/default/hello/wake', {
    origin: 'http://evil.example',
    'access-control-request-method': 'POST',
  });
  expect(answer.status).toBe(403);
  for (const name of Object.keys(answer.headers)) expect(name).not.toMatch(/^access-control/);
});

test('a body above the limit is refused, also in chunks', async () => {
  source.set('hello');
  const path = '/api/workloads/default/hello/wake';
  expect((await send('POST', path, { 'content-type': 'application/json' }, 'x'.repeat(20_000))).status).toBe(413);
  const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
  expect((await send('POST', path, chunked, 'x'.repeat(20_000))).status).toBe(413);
  expect(source.woken).toEqual([]);
});

test('with a token every call under /api needs it; the page and probes do not', async () => {
  await restart({ hosts: [], authorized: (field) => field === 'Bearer secret' });
  for (const path of ['/api/workloads', '/%61pi/workloads', '/api/events', '/api/nothing', '/api']) {
    const answer = await get(path);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  }
  expect((await get('/api/workloads', { authorization: 'Bearer secret' })).status).toBe(200);
  for (const path of ['/', '/api-client.js', '/livez']) expect((await get(path)).status, path).toBe(200);
});

test('every answer forbids framing, foreign scripts and guessing of types', async () => {
  for (const path of ['/', '/api/workloads', '/nothing', '/livez']) {
    const { headers } = await get(path);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
});

test('probes, metrics, unknown paths and wrong methods answer as they should', async () => {
  for (const path of ['/livez', '/readyz', '/metrics']) expect((await get(path)).status).toBe(200);
  expect((await get('/nothing')).status).toBe(404);
  expect((await get('/%2e%2e/operator-http.ts')).status).toBe(404);
  const wrong = await post('/api/workloads');
  expect(wrong.status).toBe(405);
  expect(wrong.headers.allow).toBe('GET, HEAD');
  expect((await get('/api/workloads/default/hello/wake')).status).toBe(405);
});

test('page files carry a tag and are not sent twice', async () => {
  const first = await get('/uplot.js');
  expect(first.headers['content-type']).toMatch(/^text\/javascript/);
  const again = await get('/uplot.js', { 'if-none-match': String(first.headers.etag) });
  expect(again).toMatchObject({ status: 304, body: '' });
});

test('the event stream begins with a snapshot, then tells each change in order', async () => {
  source.set('hello');
  const stream = await events();
  await until(() => stream.text().includes('\n\n'));
  source.set('hello', { held: 1 });
  source.remove('default/hello');
  await until(() => stream.text().includes('event: removed'));
  const parsed = stream
    .text()
    .trim()
    .split('\n\n')
    .map((block) => block.split('\n'));
  expect(parsed.map((lines) => lines[0])).toEqual(['event: snapshot', 'event: workload', 'event: removed']);
  expect(JSON.parse(parsed[0]![1]!.slice(6))).toMatchObject({ workloads: [{ name: 'hello' }], transitions: [] });
  expect(JSON.parse(parsed[2]![1]!.slice(6))).toEqual({ namespace: 'default', name: 'hello' });
});

test('a quiet stream carries a heartbeat every 15 s, and a reader that left is forgotten', async () => {
  const idleListeners = source.listeners.size;
  const stream = await events();
  await until(() => stream.text().includes('snapshot'));
  clock.advance(15_000);
  await until(() => stream.text().includes(': still here\n\n'));
  stream.socket.destroy();
  await until(() => source.listeners.size === idleListeners);
});

test('a HEAD of the stream does not open one', async () => {
  const idleListeners = source.listeners.size;
  expect((await send('HEAD', '/api/events')).headers['content-type']).toBe('text/event-stream');
  expect(source.listeners.size).toBe(idleListeners);
});

test('a reader that does not read is dropped at a bounded buffer; another one misses nothing', async () => {
  const idleListeners = source.listeners.size;
  const slow = await events();
  await until(() => slow.text().includes('snapshot'));
  slow.socket.pause();
  const quick = await events();
  await until(() => quick.text().includes('snapshot'));
  const message = 'x'.repeat(64 * 1024);
  // Kernel buffers take some megabytes before the server's own bound is reached.
  const most = (64 * MAX_BEHIND_BYTES) / message.length;
  let told = 0;
  while (told < most && served.http.readers > 1) {
    told += 1;
    source.set('hello', { blocked: { code: `n${told}`, message } });
    await until(() => quick.text().includes(`"n${told}"`));
    if (told % 16 === 0) quick.clear();
  }
  expect(told).toBeGreaterThan(MAX_BEHIND_BYTES / message.length);
  expect(told).toBeLessThan(most);
  quick.socket.destroy();
  await until(() => source.listeners.size === idleListeners);
});

test('stopping ends the streams, so that the server closes at once', async () => {
  const stream = await events();
  await until(() => stream.text().includes('snapshot'));
  let ended = false;
  stream.socket.on('close', () => {
    ended = true;
  });
  await served.close();
  await until(() => ended);
});

test('history holds one figure a second for the last five minutes', async () => {
  source.set('hello', { desired: 1, replicas: 1, ready: 0, held: 3, inFlight: 1 });
  clock.advance(2000);
  source.set('hello', { ready: 1, held: 0 });
  clock.advance(1000);
  const read = async () =>
    JSON.parse((await get('/api/history')).body) as { workloads: { ready: number[]; demand: number[] }[] };
  expect((await read()).workloads).toMatchObject([
    { namespace: 'default', name: 'hello', stepMs: 1000, ready: [0, 0, 1], demand: [4, 4, 1], desired: [1, 1, 1] },
  ]);
  clock.advance(600_000);
  expect((await read()).workloads[0]!.ready).toEqual(Array(300).fill(1));
  source.remove('default/hello');
  expect((await read()).workloads).toEqual([]);
});

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return send('GET', path, headers);
}

function post(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return send('POST', path, { 'content-type': 'application/json', ...headers }, '{}');
}

function send(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** A raw reader of the event stream; `text` is what came after the head, chunk framing removed. */
async function events() {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  socket.write('GET /api/events HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await until(() => text.includes('\r\n\r\n'));
  return {
    socket,
    text: () => text.slice(text.indexOf('\r\n\r\n') + 4).replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, ''),
    clear: () => {
      text = '\r\n\r\n';
    },
  };
}

async function listen(over: Partial<OperatorHttpOptions> = {}): Promise<void> {
  served = await serveOperator({ source, clock, ...over });
  port = served.port;
}

async function restart(over: Partial<OperatorHttpOptions>): Promise<void> {
  await served.close();
  await listen(over);
}
