/** `node e2e/cluster/figures.ts`: how fast Rouse is on a real control plane, beside the same Deployment scaled by hand. */
import { connect } from 'node:net';
import { until } from '@rouse/contract/testing';
import type { Pod } from '@rouse/kubelet';
import { type Deployments, deployments } from '../deployments.ts';
import { readAppLog } from '../rouse-dev.ts';
import { percentile } from '../scenarios/percentile.ts';
import { type ApiWrite, apiWrites, OPERATOR_USER } from './api-writes.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { type InstalledRouse, installRouse } from './installed-rouse.ts';
import { findNamespace, isInside } from './network-namespace.ts';

const WAKES = Number(process.argv[2] ?? 100);
const BY_HAND = 20;
const PORT = 8080;

if (!isInside()) {
  const found = await findNamespace();
  if (!found.ok) throw new Error(`the figures need ${found.reason}`);
  process.exit(await found.namespace.run([process.execPath, import.meta.filename, ...process.argv.slice(2)]));
}

const cluster = await startCluster();
try {
  const rouse = await installRouse(cluster, { proxies: 1 });
  const own = deployments(() => cluster);
  for (let index = 0; index < WAKES; index++) {
    await own.create({ name: `wake-${index}`, annotations: { 'autoscaling.knative.dev/window': '6s' } });
  }
  await until(async () => (await rouse.routes(0)) >= WAKES, 'all routes', 60_000);
  await until(() => quiet(own), 'the controllers are done', 120_000);
  await measure(cluster, rouse, own);
  rouse.stop();
} finally {
  await cluster.stop();
}

/** Every Deployment has its ReplicaSet, and says so: what follows is the wake alone. */
async function quiet(own: Deployments): Promise<boolean> {
  for (let index = 0; index < WAKES; index++) {
    if ((await own.get(`wake-${index}`)).status?.observedGeneration === undefined) return false;
  }
  return true;
}

/** Turn by turn, so that both meet the same machine. */
async function measure(on: Cluster, rouse: InstalledRouse, own: Deployments): Promise<void> {
  const { host } = rouse.proxyAddress();
  const sentMs = new Map<string, number>();
  const wholeMs: number[] = [];
  const byHandMs: number[] = [];
  for (let index = 0; index < WAKES; index++) {
    const name = `wake-${index}`;
    const startMs = wallMs();
    sentMs.set(name, startMs);
    const status = await firstLine(host, `${name}.default.example.com`);
    if (!status.includes(' 200 ')) throw new Error(`${name}: ${status}`);
    wholeMs.push(wallMs() - startMs);
    if (index < BY_HAND) byHandMs.push(await byHand(on, own, `hand-${index}`));
  }
  const first = new Map<string, ApiWrite>();
  for (const write of apiWrites(on.plane)) {
    const ours = write.user === OPERATOR_USER && write.subresource === 'scale' && sentMs.has(write.name);
    if (ours && !first.has(write.name)) first.set(write.name, write);
  }
  const writes = [...first.values()];
  const since = (atMs: (write: ApiWrite) => number): number[] =>
    writes.map((write) => atMs(write) - sentMs.get(write.name)!);
  tell(
    `request sent → API server has the /scale patch (${writes.length} wakes)`,
    since(({ receivedMs }) => receivedMs),
  );
  tell(
    'request sent → /scale accepted',
    since(({ answeredMs }) => answeredMs),
  );
  tell("the app's port open → request on it", listeningToRequest(on));
  tell('request sent → first byte of the answer (whole cold start)', wholeMs);
  tell(`/scale patched by hand → first byte from the pod itself (${byHandMs.length} times)`, byHandMs);
}

/** By the apps' own log, which has whole milliseconds. */
function listeningToRequest(on: Cluster): number[] {
  const log = readAppLog(on.appLogFile).filter(({ pod }) => pod.startsWith('wake-'));
  const listening = new Map(log.filter(({ event }) => event === 'listening').map((each) => [each.pod, each.atMs]));
  return log
    .filter(({ event }) => event === 'request')
    .map((each) => each.atMs - (listening.get(each.pod) ?? Number.NaN));
}

/** Without Rouse: /scale patched by hand, the pod's address read again and again, and its port tried until it answers. */
async function byHand(on: Cluster, own: Deployments, name: string): Promise<number> {
  await own.create({ name, annotations: { 'rouse.dev/enabled': 'false' } });
  await until(async () => (await own.get(name)).status?.observedGeneration, `${name} is seen`);
  const startMs = performance.now();
  await own.scale(name, 1);
  const address = await until(async () => {
    const [pod] = await on.list<Pod>('/api/v1/namespaces/default/pods', { labelSelector: `app=${name}` });
    return pod?.status?.podIP;
  }, 'an address');
  await until(async () => (await firstLine(address, name).catch(() => '')).includes(' 200 '), 'an answer');
  const tookMs = performance.now() - startMs;
  await own.scale(name, 0);
  return tookMs;
}

/** As the API server and the apps tell time, with parts of a millisecond. */
function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

function firstLine(host: string, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(PORT, host, () =>
      socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`),
    );
    socket.once('data', (chunk: Buffer) => {
      socket.destroy();
      resolve(chunk.toString('latin1').split('\r\n')[0]!);
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without an answer')));
  });
}

function tell(what: string, ms: readonly number[]): void {
  const at = (part: number): string => percentile(ms, part).toFixed(1);
  console.log(`${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${Math.max(...ms).toFixed(1)} ms`);
}
