/** What the operator takes with thousands of Deployments: idle, and while all of them are listed again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@rouse/contract/testing';
import { deployment } from '../../app/app-deployment.ts';
import type { Deployment } from '../../deployments.ts';
import { apiWrites, operatorRequests } from '../audit.ts';
import type { Cluster } from '../cluster.ts';
import { pidsOfPod } from '../pod-processes.ts';
import { firstBytes, wallMs } from './first-bytes.ts';
import { onCluster } from './on-cluster.ts';
import { cpuMs, forgetPeak, residentMb } from './process-use.ts';
import { type Figure, spread } from './table.ts';

const DEPLOYMENTS = 5_000;
/** One in so many is Rouse's. */
const MANAGED_SHARE = 10;
const NAMESPACES = 25;
const MANAGED = DEPLOYMENTS / MANAGED_SHARE;
const AT_ONCE = 64;
/** Of a list, as the operator asks for it. */
const PAGE = 100;
/** Looking costs the machine something: not often. */
const LOOK_MS = 2_000;
const SETTLE_MS = 15_000;
const IDLE_MS = 60_000;
/** At most as many as there are namespaces. */
const WAKES = 20;
/** Its controllers may write 20 times a second by default: their backlog of thousands would be waited for. */
const controllerManager = ['--kube-api-qps=2000', '--kube-api-burst=2000', '--concurrent-deployment-syncs=20'];

export function scale(): Promise<readonly Figure[]> {
  return onCluster({ args: { controllerManager } }, async (cluster, rouse) => {
    const [pod] = rouse.operatorPods();
    const [pid] = pidsOfPod(pod!);
    const before = residentMb(pid!).now;
    const createdMs = await timed(() => createAll(cluster));
    await until(async () => (await rouse.routes(0)) === MANAGED, 'every route', 120_000);
    while (!(await observed(cluster))) await sleep(LOOK_MS);
    const proxy = rouse.proxyAddress().host;
    await sleep(SETTLE_MS);
    const idle = await usedIn(pid!, cluster, () => sleep(IDLE_MS));
    const wakeMs = await wakes(cluster, proxy);
    await sleep(SETTLE_MS);
    const again = await usedIn(pid!, cluster, () => relisted(cluster));
    await sleep(SETTLE_MS);
    return [
      [`${DEPLOYMENTS} Deployments (${MANAGED} managed, ${NAMESPACES} namespaces) made in`, seconds(createdMs)],
      ['operator before, resident', mb(before)],
      ...told('idle', idle),
      spread('request sent → `/scale` accepted', wakeMs),
      ...told('all listed again after the API server was killed and started', again),
      ['resident after that', mb(residentMb(pid!).now)],
    ];
  });
}

/** From a request to a workload that sleeps to its replicas in the API. */
async function wakes(cluster: Cluster, proxy: string): Promise<number[]> {
  const sentMs = new Map<string, number>();
  // Every managed one is in a row of as many as there are namespaces.
  for (let index = 0; index < WAKES; index++) {
    const name = `app-${index}`;
    sentMs.set(name, wallMs());
    await firstBytes(proxy, 8080, `${name}.team-${index}.example.com`);
  }
  const patches = apiWrites(cluster.plane).filter(({ subresource }) => subresource === 'scale');
  return [...sentMs].map(([name, atMs]) => (patches.find((write) => write.name === name)?.answeredMs ?? 0) - atMs);
}

interface Use {
  readonly tookMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly endMb: number;
  /** By verb and resource. */
  readonly requests: ReadonlyMap<string, number>;
}

async function usedIn(pid: number, cluster: Cluster, run: () => Promise<unknown>): Promise<Use> {
  const known = operatorRequests(cluster.plane).length;
  forgetPeak(pid);
  const startCpuMs = cpuMs(pid);
  const tookMs = await timed(run);
  const usedMs = cpuMs(pid) - startCpuMs;
  const { now, peak } = residentMb(pid);
  const requests = new Map<string, number>();
  for (const { verb, resource } of operatorRequests(cluster.plane).slice(known))
    requests.set(`${verb} ${resource}`, (requests.get(`${verb} ${resource}`) ?? 0) + 1);
  return { tookMs, cpuMs: usedMs, peakMb: peak, endMb: now, requests };
}

/** Killed rather than ended: watches break, and what they go on from is older than what the new one knows. */
async function relisted(cluster: Cluster): Promise<void> {
  const listsOfDeployments = (): number =>
    operatorRequests(cluster.plane).filter(({ verb, resource }) => verb === 'list' && resource === 'deployments')
      .length;
  const before = listsOfDeployments();
  await cluster.plane.apiServer.stop('SIGKILL');
  await cluster.plane.restartApiServer();
  while (listsOfDeployments() < before + DEPLOYMENTS / PAGE) await sleep(LOOK_MS);
  await sleep(10_000);
}

function told(when: string, { tookMs, cpuMs: usedMs, peakMb, endMb, requests }: Use): Figure[] {
  const perMinute = [...requests].map(([kind, count]) => `${kind} ${((count * 60_000) / tookMs).toFixed(1)}`);
  return [
    [`${when}: CPU`, `${((usedMs / tookMs) * 100).toFixed(2)} % of a core`, `${seconds(usedMs)} in ${seconds(tookMs)}`],
    [`${when}: resident`, `${mb(endMb)}`, `most ${mb(peakMb)}`],
    [`${when}: requests to the API a minute`, perMinute.join(', ')],
  ];
}

async function createAll(cluster: Cluster): Promise<void> {
  const { kube } = cluster.plane;
  const namespaces = Array.from({ length: NAMESPACES }, (_, index) => `team-${index}`);
  await cluster.apply(...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  let next = 0;
  async function worker(): Promise<void> {
    for (let index = next++; index < DEPLOYMENTS; index = next++) {
      const body = oneOfMany(index, cluster.appLogFile);
      const path = `/apis/apps/v1/namespaces/${namespaces[index % NAMESPACES]}/deployments`;
      const made = await kube.request({ method: 'POST', path, body, timeoutMs: 60_000 });
      if (!made.ok) throw new Error(made.message);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Of the usual size: with labels, environment, probes and resources, several kilobytes as the API keeps it. */
function oneOfMany(index: number, appLogFile: string): object {
  const env = Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`SETTING_${at}`, `value-${at}-of-${index}`]));
  const resources = { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } };
  const isManaged = Math.floor(index / NAMESPACES) % MANAGED_SHARE === 0;
  const made = deployment({ name: `app-${index}`, env, container: { resources } }, appLogFile) as {
    metadata: { labels?: object; annotations: Record<string, string> };
  };
  made.metadata.annotations = {
    description: `The application number ${index}, as its team describes it in a sentence.`,
  };
  if (isManaged) made.metadata.annotations['rouse.dev/enabled'] = 'true';
  made.metadata.labels = { team: `team-${index % NAMESPACES}`, 'app.kubernetes.io/name': `app-${index}` };
  return made;
}

/** Every ReplicaSet is made, and the Deployments say so. */
async function observed(cluster: Cluster): Promise<boolean> {
  const all = await cluster.list<Deployment>('/apis/apps/v1/deployments', { resourceVersion: '0' });
  return all.every(({ status }) => status?.observedGeneration !== undefined);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await run();
  return performance.now() - startMs;
}

const mb = (value: number): string => `${value.toFixed(0)} MB`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
