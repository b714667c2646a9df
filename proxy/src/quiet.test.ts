import { expect, test } from 'vitest';
import { entry, pathFixture, pod } from './path-fixture.ts';
import { backend, Harness, local } from './proxy-fixture.ts';
import { quietAnswer } from './quiet.ts';

const quiet = [
  { kind: 'path', value: '/healthz' },
  { kind: 'agent', value: 'kube-probe/' },
] as const;

test('a status that cannot end an exchange becomes 503, and those without a body get none', () => {
  expect([100, 199, 200, 204, 304, 599].map(quietAnswer)).toEqual([
    { status: 503, body: 'asleep\n' },
    { status: 503, body: 'asleep\n' },
    { status: 200, body: 'asleep\n' },
    { status: 204, body: '' },
    { status: 304, body: '' },
    { status: 599, body: 'asleep\n' },
  ]);
});

test('a quiet request does not restart the idle clock, at a pod as little as asleep', () => {
  const { fleet, clock, arrive } = pathFixture();
  fleet.replace([entry('web', [pod('a')], { quiet })], 1);
  const workload = fleet.workloads.get('default/web')!;
  arrive('web').end();
  const { lastEndedMs } = workload;
  expect(lastEndedMs).toBe(clock.nowMs());
  for (const pods of [[pod('a')], []]) {
    fleet.put(entry('web', pods, { quiet }), 1);
    clock.advance(5000);
    const asked = arrive('web', (exchange) => {
      exchange.path = '/healthz';
    });
    if (asked.at !== '') asked.end();
    expect([workload.lastEndedMs, workload.demand, workload.wakingSinceMs]).toEqual([lastEndedMs, 0, 0]);
  }
});

for (const transport of ['onread', 'data'] as const) {
  test(`quiet requests, by exact path or start of the agent, neither wake nor count · ${transport}`, async () => {
    const harness = await Harness.start({ transport });
    const reports = await harness.reports();
    const app = await backend();
    await harness.put(entry('web', [], { quiet, quietStatus: 418, waitingPage: true }));
    const client = await harness.client();
    for (const [path, fields] of [
      ['/healthz', ''],
      ['/healthz?deep=1', 'Accept: text/html\r\n'],
      ['/', 'User-Agent: kube-probe/1.33\r\n'],
    ] as const) {
      client.text = '';
      client.get('web', path, fields);
      expect(await client.until(/asleep\n$/)).toMatch(/^HTTP\/1\.1 418 /);
      expect(client.text).toContain('\r\nx-rouse-error: quiet\r\n');
    }
    client.text = '';
    client.socket.write('HEAD /healthz HTTP/1.1\r\nHost: web\r\n\r\n');
    expect(await client.until(/\r\n\r\n$/)).toMatch(/^HTTP\/1\.1 418 /);
    // Not one of them is in a report, but in what is counted.
    expect(reports.flatMap(({ workloads }) => workloads.filter(({ arrivals }) => arrivals > 0))).toEqual([]);
    expect((await harness.admin('/metrics')).text).toContain(
      'rouse_proxy_quiet_requests_total{namespace="default",name="web"} 4',
    );

    // Awake, they are answered by the app, and only what is not quiet counts.
    await harness.put(entry('web', [local('a', app.port)], { quiet }));
    client.text = '';
    client.get('web', '/counts');
    await client.until(/hello$/);
    client.text = '';
    client.get('web', '/healthz');
    await client.until(/hello$/);
    expect((await harness.admin('/v1/workloads')).text).toMatch(/"arrivals":1,"completions":1[,}]/);

    // Paths are compared whole and agents from their start: these do wake.
    await harness.put(entry('web', [], { quiet }));
    for (const [path, fields] of [
      ['/healthz/', ''],
      ['/', 'User-Agent: not-kube-probe/1\r\n'],
    ] as const) {
      (await harness.client()).get('web', path, fields);
    }
    await expect.poll(async () => (await harness.admin('/v1/workloads')).text).toContain('"held":2');
  });
}
