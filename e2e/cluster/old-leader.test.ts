/** A leader that hangs while its pushes are on their way: another takes over, and what comes late counts no more. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import type { Pod } from '@rouse/kubelet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployments } from '../deployments.ts';
import { hands } from '../hands.ts';
import { request } from '../request.ts';
import { failed, startLoad } from '../scenarios/load.ts';
import { apiWrites, OPERATOR_USER } from './audit.ts';
import { clusterSystem } from './cluster-system.ts';
import { type InstalledRouse, installRouse } from './installed-rouse.ts';
import { pidsOfPod } from './pod-processes.ts';
import { NAMESPACE } from './rouse-manifests.ts';
import { relaySockets, type SocketRelay } from './socket-relay.ts';
import { clusterSuite } from './suite.ts';

const { cluster } = clusterSuite();
const { create, settled } = deployments(cluster);
const { known } = hands(() => clusterSystem(cluster(), rouse));
const window = { 'autoscaling.knative.dev/window': '6s' };
const host = (name: string): string => `${name}.default.example.com`;

/** Operators dial the proxies there: a way that can be made slow. */
const SLOW_PORT = 18_081;
const ways = new Map<string, SocketRelay>();
let rouse: InstalledRouse;
let looking = true;

/** A way to each proxy that has an address, as soon as it has one. */
async function openWays(): Promise<void> {
  const labelSelector = 'app.kubernetes.io/name=rouse-proxy';
  const pods = await cluster().list<Pod>(`/api/v1/namespaces/${NAMESPACE}/pods`, { labelSelector });
  for (const ip of pods.flatMap(({ status }) => status?.podIP ?? [])) {
    if (ways.has(ip)) continue;
    const to = { host: ip, port: 8081 };
    ways.set(ip, await relaySockets({ host: ip, port: SLOW_PORT }, () => to));
  }
}

beforeAll(async () => {
  const opening = until(() => openWays().then(() => !looking), 'everything installed', 90_000);
  try {
    rouse = await installRouse(cluster(), {
      operators: 2,
      proxies: 2,
      namedAdminPort: SLOW_PORT,
    });
  } finally {
    looking = false;
    await opening;
  }
});
afterAll(() => {
  rouse?.stop();
  for (const way of ways.values()) way.close();
});

async function metric(address: string, name: string): Promise<number> {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'm').exec(text)?.[1]);
}
const leads = async (pod: Pod): Promise<boolean> =>
  (await metric(`${pod.status?.podIP}:9090`, 'rouse_operator_leader')) === 1;
const epochs = (): Promise<number[]> =>
  Promise.all(rouse.proxyPods().map(({ status }) => metric(`${status?.podIP}:8081`, 'rouse_proxy_control_epoch')));
const refusals = (): number =>
  readFileSync(join(cluster().plane.logs, 'pods.log'), 'utf8').split('older push refused').length - 1;

test('what it had sent is refused, what it decides from then on is not written, and no request fails', async () => {
  await create({ name: 'steady', annotations: { ...window, 'autoscaling.knative.dev/min-scale': '1' }, replicas: 1 });
  await create({ name: 'asleep', annotations: window });
  await known('asleep');
  await settled('steady', 1);
  let leader: Pod | undefined;
  for (const pod of rouse.operatorPods()) if (await leads(pod)) leader = pod;
  // By name: the list is read anew twice a second.
  const standby = rouse.operatorPods().find(({ metadata }) => metadata.name !== leader?.metadata.name)!;
  const [before] = await epochs();
  const load = startLoad({ port: rouse.port, host: host('steady'), path: '/?ms=20', name: 'steady', atOnce: 4 });

  const late = [...ways.values()].map((way) => way.hold());
  await until(() => late.every(({ count }) => count > 0), 'a sign of life on its way to each proxy');
  const pids = pidsOfPod(leader!);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  const frozenAtMs = Date.now();
  await until(() => leads(standby), 'another leader', 30_000);
  await until(async () => (await epochs()).every((epoch) => epoch > before!), 'its pushes at both proxies');
  const after = await epochs();
  expect((await request(rouse.port, host('asleep'), '/')).status).toBe(200);

  expect(refusals()).toBe(0);
  for (const each of late) each.release();
  await until(() => refusals() >= 2, 'both proxies refuse what comes late');
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  await until(async () => !(await leads(leader!)), 'the old leader knows');
  await settled('asleep', 0, 60_000);
  expect([await epochs(), await leads(standby)]).toEqual([after, true]);
  expect(failed(await load.stop())).toEqual([]);

  const written = apiWrites(cluster().plane).filter(
    ({ user, pod, answeredMs }) => user === OPERATOR_USER && pod === leader!.metadata.name && answeredMs > frozenAtMs,
  );
  // It may have asked for the Lease, which is no longer its own.
  expect(written.filter(({ resource }) => resource !== 'leases')).toEqual([]);
  expect(written.filter(({ status }) => status < 400)).toEqual([]);
});
