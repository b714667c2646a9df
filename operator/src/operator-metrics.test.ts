import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { operatorFlags, operatorMetrics } from '@rouse/contract';
import { until } from '@rouse/contract/testing';
import { createLog, parseFlags } from '@rouse/daemon';
import { afterEach, expect, test } from 'vitest';
import { testApi } from './cluster/test-api.ts';
import { rawDeployment } from './cluster/test-records.ts';
import { closeAll, closing, controlled, QUICK } from './controller/controller-fixture.ts';
import { PlayedProxy } from './controller/played-proxy.ts';
import { startOperator } from './start-operator.ts';

afterEach(closeAll);

const web = 'namespace="default",name="web"';

/** Value of one sample; undefined where there is none. */
function sample(text: string, name: string, labels = ''): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${name}${labels === '' ? '' : `{${labels}}`} `));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
}

test('every metric of the list has a sample after the situations that move it', async () => {
  const o = await controlled({ replicas: 1, annotations: { ...QUICK, 'rouse.dev/nonsense': 'x' } });
  await o.when(() => o.controller.get('default/web')?.leftAlone, 'left alone for its faults');
  expect(sample(await o.metrics.registry.metrics(), 'rouse_operator_workloads', 'state="unmanaged"')).toBe(1);
  expect(sample(await o.metrics.registry.metrics(), 'rouse_operator_problems', web)).toBe(1);
  o.annotate(QUICK);
  o.pods('web-a');
  await o.when(() => o.proxy.entry?.pods.length === 1, 'a pod');
  await o.when(() => o.replicas() === 0, 'zero');
  o.pods();
  const wake = { by: 'curl GET /', agoMs: 1 };
  o.proxy.tell({ held: 1, arrivals: 1, wake });
  await o.when(() => o.replicas() === 1, 'one replica');
  o.pods('web-b');
  await o.when(() => o.proxy.entry?.pods.length === 1, 'the new pod');
  const coldStart = { by: wake.by, podMs: 100, portMs: 200, firstByteMs: 210 };
  o.proxy.tell({ held: 0, inFlight: 1, coldStart });
  await o.when(() => o.transitions.some((each) => each.coldStart !== null), 'the story');
  await o.pass(3_000);
  o.scaleByHand(2);
  await o.when(() => o.workload().counts.foreignWrites === 1, 'a foreign write');
  o.api.put('/api/v1/namespaces/default/pods/web-b', {
    ...o.api.get('/api/v1/namespaces/default/pods/web-b'),
    status: {
      phase: 'Pending',
      containerStatuses: [{ name: 'app', state: { waiting: { reason: 'InvalidImageName' } } }],
    },
  });
  await o.when(() => o.status().blocked !== null, 'blocked');
  await o.events.flush();
  const text = await o.metrics.registry.metrics();

  for (const metric of Object.values(operatorMetrics)) {
    const suffix = metric.type === 'histogram' ? '_count' : '';
    expect(text, metric.name).toMatch(new RegExp(`^${metric.name}${suffix}(\\{.*\\})? \\d`, 'm'));
  }
  expect(sample(text, 'rouse_operator_handshakes_total', `${web},outcome="patched"`)).toBe(1);
  expect(sample(text, 'rouse_operator_scale_patches_total', `${web},result="ok"`)).toBeGreaterThanOrEqual(2);
  expect(sample(text, 'rouse_operator_decisions_total', `${web},cause="wake"`)).toBe(1);
  expect(sample(text, 'rouse_operator_foreign_writes_total', web)).toBe(1);
  expect(sample(text, 'rouse_operator_blocked', `${web},code="invalid-image-name"`)).toBe(1);
  expect(sample(text, 'rouse_operator_wake_patch_seconds_count')).toBe(1);
  expect(sample(text, 'rouse_operator_cold_start_seconds_sum', `${web},stage="first-byte"`)).toBeCloseTo(0.21);
  expect(sample(text, 'rouse_operator_proxy_members', 'state="reporting"')).toBe(1);
  expect(
    sample(text, 'rouse_operator_api_requests_total', 'verb="patch",resource="deployments/scale",code="200"'),
  ).toBeGreaterThanOrEqual(2);
  expect(sample(text, 'rouse_operator_api_requests_total', 'verb="list",resource="pods",code="200"')).toBe(1);
  expect(sample(text, 'rouse_operator_events_total', 'type="Warning"')).toBeGreaterThanOrEqual(2);
  expect(sample(text, 'rouse_operator_leader')).toBe(1);

  o.api.remove(o.DEPLOYMENT);
  await o.when(() => o.controller.get('default/web') === undefined, 'gone');
  expect(await o.metrics.registry.metrics()).not.toContain('name="web"');
});

test('a running operator serves them, leads, and counts the write of a wake', async () => {
  const api = await testApi();
  const proxy = new PlayedProxy();
  closing.push(
    () => api.close(),
    () => proxy.stop(),
  );
  const path = '/apis/apps/v1/namespaces/default/deployments/web';
  api.put(path, rawDeployment('web', QUICK, 0));
  await proxy.start();
  const args = ['--server', api.url, '--proxy', proxy.url, '--api-port', '0'];
  const { values } = parseFlags('rouse-operator', operatorFlags, args, {}, { description: '' });
  const started = await startOperator({ flags: values, log: createLog('test', 'silent'), env: {} });
  if (!started.ok) throw new Error(started.problems[0]?.fix);
  closing.push(() => started.operator.close());
  const scrape = async () => (await fetch(`http://127.0.0.1:${started.operator.port}/metrics`)).text();
  await until(() => {
    proxy.tell({}, true);
    return proxy.apply() && proxy.entry !== null;
  });
  proxy.tell({ held: 1, arrivals: 1, wake: { by: 'x', agoMs: 0 } });
  await until(() => (api.get(path) as { spec: { replicas: number } }).spec.replicas === 1);
  const text = await until(async () => {
    const now = await scrape();
    return sample(now, 'rouse_operator_wake_patch_seconds_count') === 1 && now;
  });
  expect(sample(text, 'rouse_operator_leader')).toBe(1);
  expect(sample(text, 'rouse_operator_desired_replicas', web)).toBe(1);
  for (const { name } of Object.values(operatorMetrics)) expect(text).toContain(`# HELP ${name} `);
});

test('an operator whose port is taken says so, and leaves nothing running', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => taken.close(resolve)));
  const args = ['--server', 'http://127.0.0.1:1', '--api-port', String((taken.address() as AddressInfo).port)];
  const { values } = parseFlags('rouse-operator', operatorFlags, args, {}, { description: '' });
  const started = await startOperator({ flags: values, log: createLog('test', 'silent'), env: {} });
  expect(started).toMatchObject({ ok: false, problems: [{ key: '--api-port' }] });
});
