import { type Problem, proxyMetrics } from '@rouse/contract';
import { expect, onTestFinished, test } from 'vitest';
import { entry } from './path-fixture.ts';
import { backend, freePort, Harness, local } from './proxy-fixture.ts';
import { startProxy } from './start-proxy.ts';

test('the data port opens with the first full table, and readiness follows', async () => {
  const harness = await Harness.start();
  expect(harness.proxy.dataPort).toBe(0);
  expect(await harness.admin('/readyz')).toMatchObject({ status: 503 });
  await harness.put();
  expect(harness.proxy.dataPort).toBeGreaterThan(0);
  expect(await harness.admin('/readyz')).toMatchObject({ status: 200 });
  expect(await (await harness.client()).get('nowhere').until(/x-rouse-error: no-route/i)).toMatch(/^HTTP\/1.1 404 /);
});

test('from zero to a pod and back: held, told, released when the pod answers its probe, and closed', async () => {
  const harness = await Harness.start();
  await harness.put(entry('web', []));
  const reports = await harness.reports();
  const client = (await harness.client()).get('web', '/hi', 'User-Agent: curl/8\r\n');
  await expect.poll(() => reports.some((report) => report.workloads[0]?.wake?.by === 'curl GET /hi')).toBe(true);

  const port = await freePort();
  const probe = { kind: 'http', port, path: '/ready', timeoutMs: 1000 } as const;
  await harness.put(entry('web', [local('a', port, { phase: 'starting', probe })]));
  await expect.poll(async () => (await harness.admin('/metrics')).text).toMatch(/probes_total{result="failed"} [2-9]/);
  expect(client.text).toBe('');
  const app = await backend(undefined, port);
  const openedMs = Date.now();
  await client.until(/hello$/);
  const served = app.requests.find((request) => request.url === '/hi')!;
  expect(served.at - openedMs).toBeLessThan(150);
  expect(client.text).toMatch(/^HTTP\/1.1 200 /);
  expect(client.text).toMatch(/server-timing: rouse-wake;dur=\d+/i);
  await expect.poll(() => reports.some((report) => report.workloads[0]?.coldStart !== undefined)).toBe(true);

  await harness.put(entry('web', [local('a', port, { phase: 'closed' })]));
  client.text = '';
  client.get('web', '/later');
  await expect.poll(() => reports.at(-1)?.workloads[0]?.held).toBe(1);
  const before = app.requests.length;
  await harness.put(entry('web', [local('a', port)]));
  await client.until(/hello$/);
  expect(app.requests.slice(before).map((request) => request.url)).toEqual(['/later']);
});

test('a thousand requests held at once are all answered, within container-concurrency', async () => {
  const harness = await Harness.start();
  const limits = { containerConcurrency: 5 };
  await harness.put(entry('web', [], { limits }));
  const clients = await Promise.all(Array.from({ length: 1000 }, () => harness.client()));
  for (const [index, client] of clients.entries()) client.get('web', `/${index}`);
  await expect
    .poll(async () => (await harness.admin('/v1/workloads')).text, { timeout: 10_000 })
    .toContain('"held":1000');
  const pods = await Promise.all(
    [0, 1, 2].map(() => backend((_request, response) => void setTimeout(() => response.end('ok'), 2))),
  );
  await harness.put(
    entry(
      'web',
      pods.map((app, index) => local(`p${index}`, app.port)),
      { limits },
    ),
  );
  await expect.poll(() => clients.filter((client) => !client.text.endsWith('ok')).length, { timeout: 10_000 }).toBe(0);
  for (const app of pods) {
    expect(app.most).toBeLessThanOrEqual(5);
    expect(app.requests.length).toBeGreaterThan(200);
  }
  expect(new Set(pods.flatMap((app) => app.requests.map((request) => request.url))).size).toBe(1000);
});

test('a pod that is gone is skipped, and when all are gone the request waits for the next one', async () => {
  const harness = await Harness.start();
  const app = await backend();
  const [gone, later] = [await freePort(), await freePort()];
  await harness.put(entry('web', [local('gone', gone), local('up', app.port)]));
  for (let request = 0; request < 10; request++) {
    const client = await harness.client();
    await client.get('web').until(/hello$/);
  }
  await app.close();
  const waiting = (await harness.client()).get('web');
  await expect.poll(async () => (await harness.admin('/v1/workloads')).text).toContain('"held":1');
  await backend(undefined, later);
  await harness.put(entry('web', [local('gone', gone), local('new', later)]));
  await waiting.until(/hello$/);
});

test('a client that leaves while it waits is forgotten', async () => {
  const harness = await Harness.start();
  await harness.put(entry('web', []));
  const client = (await harness.client()).get('web');
  await expect.poll(async () => (await harness.admin('/v1/workloads')).text).toContain('"held":1');
  client.socket.resetAndDestroy();
  await expect.poll(async () => (await harness.admin('/v1/workloads')).text).toContain('"held":0');
});

test('answers of the proxy itself: too long a wait, blocked, a full room, a removed workload, quiet, the waiting page', async () => {
  const harness = await Harness.start();
  const quiet = [{ kind: 'path', value: '/healthz' }] as const;
  const table = (removed: boolean) => [
    entry('slow', [], { limits: { wakeTimeoutMs: 200 } }),
    entry('blocked', [], { blocked: { code: 'image-pull', message: 'secret details' } }),
    entry('full', [], { limits: { queueLimit: 1 } }),
    entry('quiet', [], { quiet, quietStatus: 418 }),
    entry('page', [], { waitingPage: true }),
    ...(removed ? [] : [entry('removed', [])]),
  ];
  await harness.put(...table(false));
  const ask = async (host: string, path = '/', fields = '') => (await harness.client()).get(host, path, fields);
  const removed = await ask('removed');
  await expect.poll(async () => (await harness.admin('/v1/workloads')).text).toMatch(/"held":1/);

  expect(await (await ask('slow')).until(/wake-timeout/)).toMatch(/^HTTP\/1.1 504 /);
  const blocked = await (await ask('blocked')).until(/image-pull/);
  expect(blocked).toMatch(/^HTTP\/1.1 503 /);
  expect(blocked).not.toContain('secret details');
  await ask('full');
  const full = await (await ask('full')).until(/x-rouse-error: queue-full/i);
  expect(full).toMatch(/^HTTP\/1.1 503 /);
  expect(full).toMatch(/\r\nRetry-After: 1\r\n/i);
  expect(await (await ask('quiet', '/healthz')).until(/asleep/)).toMatch(/^HTTP\/1.1 418 /);
  expect(await (await ask('page', '/', 'Accept: text/html\r\n')).until(/<\/html>/)).toMatch(/http-equiv="refresh"/);
  await harness.put(...table(true));
  expect(await removed.until(/workload-removed/)).toMatch(/^HTTP\/1.1 503 /);
});

test('metrics tell what happened, under the names of the list', async () => {
  const harness = await Harness.start();
  const app = await backend();
  await harness.put(entry('web', [local('a', app.port)]), entry('asleep', [], { limits: { queueLimit: 0 } }));
  const client = (await harness.client()).get('web');
  await client.until(/hello$/);
  await (await harness.client()).get('asleep').until(/queue-full/);
  await (await harness.client()).get('nowhere').until(/no-route/);
  const { text } = await harness.admin('/metrics');
  const web = 'namespace="default",name="web"';
  expect(text).toContain(`rouse_proxy_requests_total{${web},class="2xx"} 1`);
  expect(text).toContain('rouse_proxy_failures_total{namespace="default",name="asleep",code="queue-full"} 1');
  expect(text).toContain('rouse_proxy_failures_total{namespace="",name="",code="no-route"} 1');
  expect(text).toContain('rouse_proxy_unrouted_requests_total 1');
  expect(text).toContain(`rouse_proxy_pods{${web},phase="ready"} 1`);
  expect(text).toMatch(/rouse_proxy_sent_bytes_total [1-9]/);
  expect(text).toContain('rouse_proxy_workloads 2');
  const told = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  expect(told.sort()).toEqual(
    Object.values(proxyMetrics)
      .map(({ name }) => name)
      .sort(),
  );
});

test('a wait is measured in the histogram of hold times', async () => {
  const harness = await Harness.start();
  const app = await backend();
  await harness.put(entry('web', []));
  const client = (await harness.client()).get('web');
  await expect.poll(async () => (await harness.admin('/v1/workloads')).text).toContain('"held":1');
  await harness.put(entry('web', [local('a', app.port)]));
  await client.until(/hello$/);
  const { text } = await harness.admin('/metrics');
  const labels = 'namespace="default",name="web"';
  expect(text).toContain(`rouse_proxy_hold_seconds_count{${labels}} 1`);
  expect(text).toMatch(/rouse_proxy_hold_seconds_bucket\{[^}]*le="300"[^}]*\} 1/);
  expect(text).toMatch(/rouse_proxy_hold_seconds_bucket\{[^}]*le="\+Inf"[^}]*\} 1/);
});

test('a taken port is told at the start, with the flag to change', async () => {
  const app = await backend();
  const data = await startProxy({ flags: { host: '127.0.0.1', port: app.port, adminPort: 0 } });
  expect(data).toMatchObject({ ok: false, problems: [{ key: '--port', value: String(app.port) }] });
  const admin = await startProxy({ flags: { host: '127.0.0.1', port: 0, adminPort: app.port } });
  expect(admin).toMatchObject({ ok: false, problems: [{ key: '--admin-port', value: String(app.port) }] });
});

test('a port that is taken before the first table comes is told too', async () => {
  const port = await freePort();
  const problems: Problem[] = [];
  const flags = { host: '127.0.0.1', port, adminPort: 0 };
  const started = await startProxy({ flags, onFailure: (problem) => problems.push(problem) });
  if (!started.ok) throw new Error('it could not start');
  onTestFinished(() => started.proxy.close());
  await backend(undefined, port);
  await new Harness(started.proxy).put();
  expect(problems).toMatchObject([{ key: '--port', value: String(port) }]);
});

test('a drain lets a running and a held request finish, says close, and takes no new connection', async () => {
  const harness = await Harness.start({ shutdownTimeout: 10_000 });
  let finish = () => {};
  const app = await backend((request, response) => {
    if (request.url === '/slow') finish = () => void response.end('slow');
    else response.end('quick');
  });
  await harness.put(entry('web', [local('a', app.port)]), entry('asleep', []));
  const running = (await harness.client()).get('web', '/slow');
  await expect.poll(() => app.requests.length).toBe(1);
  const held = (await harness.client()).get('asleep');
  const idle = await harness.client();
  await expect.poll(async () => (await harness.admin('/v1/workloads')).text).toContain('"held":1');
  const drained = harness.proxy.drain();
  await expect.poll(() => idle.closed).toBe(true);
  expect(await harness.admin('/readyz')).toMatchObject({ status: 503 });
  await expect(harness.client()).rejects.toThrow(/ECONNREFUSED/);
  await harness.put(entry('web', [local('a', app.port)]), entry('asleep', [local('b', app.port)]));
  expect(await held.until(/quick$/)).toMatch(/\r\nConnection: close\r\n/i);
  finish();
  await running.until(/slow$/);
  await drained;
  await expect.poll(() => running.closed && held.closed).toBe(true);
});

test('while load balancers notice that readiness fails, idle connections stay for one more request each', async () => {
  const harness = await Harness.start({ shutdownDelay: 600, shutdownTimeout: 5_000 });
  const app = await backend();
  await harness.put(entry('web', [local('a', app.port)]));
  const [used, unused, silent] = [await harness.client(), await harness.client(), await harness.client()];
  await used.get('web').answered();
  const drained = harness.proxy.drain();
  await expect.poll(async () => (await harness.admin('/readyz')).status).toBe(503);
  for (const client of [used, unused]) {
    client.text = '';
    await client.get('web').answered();
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(client.text).toContain('\r\nConnection: close\r\n');
    await expect.poll(() => client.closed).toBe(true);
  }
  expect(silent.closed).toBe(false);
  await drained;
  await expect.poll(() => silent.closed).toBe(true);
});

test('what a drain cannot finish in time is cut and counted', async () => {
  const harness = await Harness.start({ shutdownTimeout: 300 });
  const app = await backend(() => {});
  await harness.put(entry('web', [local('a', app.port)]), entry('asleep', []));
  const running = (await harness.client()).get('web');
  const held = (await harness.client()).get('asleep');
  await expect.poll(() => app.requests.length).toBe(1);
  await expect.poll(async () => (await harness.admin('/v1/workloads')).text).toContain('"held":1');
  await harness.proxy.drain();
  await expect.poll(() => running.closed && held.closed).toBe(true);
  expect((await harness.admin('/metrics')).text).toContain('rouse_proxy_shutdown_cut_total 2');
});
