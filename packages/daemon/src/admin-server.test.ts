import { createServer } from 'node:net';
import type { Hono } from 'hono';
import { Counter, Registry } from 'prom-client';
import { afterEach, expect, test } from 'vitest';
import { type AdminServerOptions, isLoopback, startAdminServer } from './admin-server.ts';
import { openControlToken } from './control-token.ts';
import { createLog } from './log.ts';
import { systemClock } from './system-clock.ts';

const closers: (() => Promise<unknown>)[] = [];
const lines: string[] = [];
const log = createLog('test', 'info', { write: (line) => void lines.push(line) });

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function options(token: string | null, more: Partial<AdminServerOptions> = {}): AdminServerOptions {
  const env: NodeJS.ProcessEnv = token === null ? {} : { ROUSE_CONTROL_TOKEN: token };
  return {
    host: '127.0.0.1',
    port: 0,
    hostFlag: 'admin-host',
    portFlag: 'admin-port',
    token: openControlToken({ file: null, env, log, clock: systemClock }).token,
    ready: () => null,
    scrape: new Registry(),
    log,
    ...more,
  };
}

async function start(given: AdminServerOptions): Promise<string> {
  const result = await startAdminServer(given);
  if (!result.ok) throw new Error(result.problem.fix);
  closers.push(result.server.close);
  return `http://127.0.0.1:${result.server.port}`;
}

test('health and metrics answer without a token, guarded routes only with one', async () => {
  const registry = new Registry();
  new Counter({ name: 'rouse_test_total', help: 'x', registers: [registry] }).inc(3);
  const base = await start(
    options('s3cret', {
      scrape: registry,
      mount(app, guard) {
        app.use('/v1/*', guard);
        app.get('/v1/workloads', (context) => context.json({ workloads: [] }));
        app.get('/page', (context) => context.text('open'));
      },
    }),
  );
  expect((await fetch(`${base}/livez`)).status).toBe(200);
  expect(await (await fetch(`${base}/metrics`)).text()).toContain('rouse_test_total 3');
  expect(await (await fetch(`${base}/page`)).text()).toBe('open');
  const refused = await fetch(`${base}/v1/workloads`);
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  const wrong = await fetch(`${base}/v1/workloads`, { headers: { authorization: 'Bearer nope' } });
  expect(wrong.status).toBe(401);
  const right = await fetch(`${base}/v1/workloads`, { headers: { authorization: 'Bearer s3cret' } });
  expect(await right.json()).toEqual({ workloads: [] });
  expect((await fetch(`${base}/nothing`)).status).toBe(404);
});

test('readiness follows the callback and tells the reason', async () => {
  let reason: string | null = 'no table yet';
  const base = await start(options(null, { ready: () => reason }));
  const before = await fetch(`${base}/readyz`);
  expect([before.status, await before.text()]).toEqual([503, 'not ready: no table yet\n']);
  reason = null;
  expect((await fetch(`${base}/readyz`)).status).toBe(200);
});

test('a fault in a route is logged and answered with 500, and the server goes on', async () => {
  const base = await start(
    options(null, {
      mount: (app) =>
        app.get('/boom', () => {
          throw new Error('inner detail');
        }),
    }),
  );
  const answer = await fetch(`${base}/boom`);
  expect([answer.status, await answer.text()]).toEqual([500, 'internal error; see the log\n']);
  expect(lines.join()).toContain('inner detail');
  expect((await fetch(`${base}/livez`)).status).toBe(200);
});

test('off loopback without a token it refuses to listen and names the flags', async () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
    const result = await startAdminServer(options(null, { host }));
    expect(result).toMatchObject({
      ok: false,
      problem: { key: '--admin-host', value: host, fix: expect.stringContaining('--control-token-file') },
    });
  }
});

test('off loopback with a token it listens', async () => {
  expect((await fetch(`${await start(options('s3cret', { host: '0.0.0.0' }))}/livez`)).status).toBe(200);
});

test('a port in use is a problem that names flag and port', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => other.close(resolve)));
  const address = other.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const result = await startAdminServer(options(null, { port }));
  expect(result).toMatchObject({
    ok: false,
    problem: { source: 'flag', key: '--admin-port', value: String(port), fix: expect.stringContaining(`port ${port}`) },
  });
});

test('an address of another machine is a problem that names the host flag', async () => {
  const result = await startAdminServer(options('s3cret', { host: '192.0.2.1' }));
  expect(result).toMatchObject({ ok: false, problem: { key: '--admin-host', value: '192.0.2.1' } });
});

test('close ends an open event stream at once', async () => {
  const given = options(null, {
    mount: (app: Hono) =>
      app.get('/stream', () => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array([10])) }))),
  });
  const result = await startAdminServer(given);
  if (!result.ok) throw new Error(result.problem.fix);
  const stream = await fetch(`http://127.0.0.1:${result.server.port}/stream`);
  const reader = stream.body!.getReader();
  await reader.read();
  await result.server.close();
  await expect(reader.read()).rejects.toThrow();
});

test('loopback is told from other addresses', () => {
  expect(['localhost', '127.0.0.1', '127.9.9.9', '::1'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', ''].some(isLoopback)).toBe(false);
});
