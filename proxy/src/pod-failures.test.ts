import { expect, test } from 'vitest';
import { entry } from './path-fixture.ts';
import { type Backend, backend, type Client, freePort, Harness, local } from './proxy-fixture.ts';

/** Sends one request after another until told to stop; remembers status by path. */
async function load(
  client: Client,
  method: 'GET' | 'POST',
  name: string,
  stop: () => boolean,
): Promise<Map<string, number>> {
  const statuses = new Map<string, number>();
  for (let request = 0; !stop(); request++) {
    const path = `/${name}-${request}`;
    client.text = '';
    client.socket.write(`${method} ${path} HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n`);
    await client.answered();
    statuses.set(path, Number(client.text.slice(9, 12)));
  }
  return statuses;
}

function ranTwice(apps: readonly Backend[]): string[] {
  const seen = new Set<string>();
  const posts = apps.flatMap((app) => app.requests.filter((request) => request.method === 'POST'));
  return posts.map((post) => post.url).filter((url) => seen.size === seen.add(url).size);
}

test('a pod of three is killed under load: no GET fails, no POST runs twice, and later all go on', async () => {
  const harness = await Harness.start();
  const slow = () => backend((_request, response) => void setTimeout(() => response.end('ok'), 3));
  const apps = [await slow(), await slow(), await slow()];
  await harness.put(
    entry(
      'web',
      apps.map((app, index) => local(`p${index}`, app.port)),
    ),
  );
  let phase = 0;
  const clients = await Promise.all(Array.from({ length: 40 }, () => harness.client()));
  const loads = clients.map((client, index) =>
    load(client, index % 2 === 0 ? 'GET' : 'POST', String(index), () => phase === 2),
  );
  const served = () => apps.reduce((sum, app) => sum + app.requests.length, 0);
  await expect.poll(served, { timeout: 5000 }).toBeGreaterThan(400);
  apps[0]!.kill();
  const atKill = served();
  await expect.poll(served, { timeout: 10_000 }).toBeGreaterThan(atKill + 800);
  phase = 2;
  const results = await Promise.all(loads);
  const failed = results.flatMap((statuses) => [...statuses].filter(([, status]) => status !== 200));
  for (const [path, status] of failed) {
    expect(Number(/^\/(\d+)/.exec(path)![1]) % 2, `${path} answered ${status}`).toBe(1);
    expect(status).toBe(502);
  }
  // At most what ran on the killed pod when it died.
  expect(failed.length).toBeLessThanOrEqual(20);
  expect(ranTwice(apps)).toEqual([]);
}, 30_000);

test('the only pod dies and comes back on its port: GETs wait for it, however often', async () => {
  const harness = await Harness.start();
  const port = await freePort();
  let app = await backend(undefined, port);
  await harness.put(entry('web', [local('a', port)]));
  for (let life = 0; life < 3; life++) {
    await (await harness.client()).get('web').until(/hello$/);
    app.kill();
    const waiting = await Promise.all(Array.from({ length: 20 }, () => harness.client()));
    for (const client of waiting) client.get('web');
    await expect.poll(async () => (await harness.admin('/v1/workloads')).text).toContain('"held":20');
    app = await backend(undefined, port);
    for (const client of waiting) await client.until(/hello$/);
  }
  expect((await harness.admin('/v1/workloads')).text).toContain('"inFlight":0,"held":0');
}, 30_000);

test('sleeps under random arrivals: after every proxy said closed and empty, the pod gets nothing', async () => {
  const harness = await Harness.start();
  const app = await backend();
  const reports = await harness.reports();
  await harness.put(entry('web', []));
  let stop = false;
  const clients = await Promise.all(Array.from({ length: 4 }, () => harness.client()));
  const loads = clients.map((client, index) => load(client, 'GET', String(index), () => stop));
  const statuses: number[] = [];
  for (let round = 0; round < 25; round++) {
    await harness.put(entry('web', [local('a', app.port)]));
    const before = app.requests.length;
    await expect.poll(() => app.requests.length, { interval: 1 }).toBeGreaterThan(before + (round % 5));
    await harness.put(entry('web', [local('a', app.port, { phase: 'armed' })]));
    const closing = entry('web', [local('a', app.port, { phase: 'closed' })]);
    await harness.put(closing);
    const acknowledged = () =>
      reports.some((report) =>
        report.workloads.some(
          ({ generation, pods }) =>
            generation === closing.generation && pods[0]?.phase === 'closed' && pods[0].inFlight === 0,
        ),
      );
    await expect.poll(acknowledged, { interval: 1, timeout: 5000 }).toBe(true);
    const atClose = app.requests.length;
    await expect.poll(() => reports.at(-1)?.workloads[0]?.held, { timeout: 5000 }).toBe(4);
    expect(app.requests).toHaveLength(atClose);
  }
  await harness.put(entry('web', [local('a', app.port)]));
  stop = true;
  for (const result of await Promise.all(loads)) statuses.push(...result.values());
  expect(statuses.every((status) => status === 200)).toBe(true);
  expect(statuses.length).toBe(app.requests.length);
}, 30_000);
