/** Rouse as its users install it: the shipped manifests applied, its programs run as pods by the nodes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkloadStatus } from '@rouse/contract';
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import type { Pod } from '@rouse/kubelet';
import { parseAllDocuments } from 'yaml';
import { freePorts } from '../ports.ts';
import { request } from '../request.ts';
import type { Cluster } from './cluster.ts';
import { relaySockets, type SocketRelay } from './socket-relay.ts';

export const deployFolder = join(import.meta.dirname, '../../deploy');
export const NAMESPACE = 'rouse-system';

export interface InstalledRouse {
  /** Leads to the proxies that are Ready in turn, as a Service does. */
  readonly port: number;
  /** Leads to one proxy, by number from 0; refused while it is not Ready. */
  readonly proxyPorts: readonly number[];
  /** Where they are, as in the last half second. */
  proxyAddress(): Address;
  operatorAddress(): Address;
  /** Ready pods, oldest first. */
  proxyPods(): readonly Pod[];
  operatorPods(): readonly Pod[];
  /** As the operator sees it; undefined while it knows none of that name, or does not answer. */
  workload(name: string): Promise<WorkloadStatus | undefined>;
  /** Workloads that one proxy has in its table. */
  routes(proxy: number): Promise<number>;
  stop(): void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface InstallOptions {
  /** The manifests' own 2 by default. */
  readonly proxies?: number;
  /** Grants and turns on pod-deletion-cost, as `deploy/components/pod-deletion-cost` does. */
  readonly podDeletionCost?: boolean;
  /** Added to the operator's. */
  readonly operatorArgs?: readonly string[];
  /** Added to the proxies'. */
  readonly proxyArgs?: readonly string[];
}

interface DeploymentObject {
  readonly kind?: string;
  readonly metadata: { readonly name: string };
  readonly spec: { replicas?: number; readonly template: { readonly spec: { readonly containers: [Args] } } };
}
interface Args {
  readonly args: string[];
}

const PROXY = 'rouse-proxy';
const OPERATOR = 'rouse-operator';
const READY_MS = 60_000;
const LOOK_MS = 200;

/** Applies `deploy/rouse.yaml`; resolves once the operator and every proxy are Ready. */
export async function installRouse(cluster: Cluster, options: InstallOptions = {}): Promise<InstalledRouse> {
  const objects = manifests(options);
  await cluster.apply(...objects);
  const proxies =
    objects.find((each) => each.kind === 'Deployment' && each.metadata.name === PROXY)?.spec.replicas ?? 1;
  const ready = new Map<string, readonly Pod[]>();

  async function look(): Promise<void> {
    const pods = await cluster.list<Pod>(`/api/v1/namespaces/${NAMESPACE}/pods`);
    for (const name of [PROXY, OPERATOR]) {
      const own = pods.filter((pod) => pod.metadata.labels?.['app.kubernetes.io/name'] === name).filter(isReady);
      ready.set(
        name,
        own.sort((a, b) => age(a).localeCompare(age(b))),
      );
    }
  }
  const podsOf = (name: string): readonly Pod[] => ready.get(name) ?? [];
  /** Where nobody is, the caller is refused, as by a Service without endpoints. */
  const addressOf = (pod: Pod | undefined, port: number): Address => ({
    host: pod?.status?.podIP ?? '127.0.0.1',
    port: pod === undefined ? 1 : port,
  });
  let turn = 0;
  const proxyAddress = (): Address => addressOf(podsOf(PROXY)[turn++ % Math.max(1, podsOf(PROXY).length)], 8080);
  const operatorAddress = (): Address => addressOf(podsOf(OPERATOR)[0], 9090);

  await until(
    async () => {
      await look();
      return podsOf(PROXY).length >= proxies && podsOf(OPERATOR).length > 0;
    },
    'operator and proxies Ready',
    READY_MS,
  );
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_MS);
  timer.unref();

  const [port, operatorPort, ...proxyPorts] = await freePorts(2 + proxies);
  const relays: SocketRelay[] = [];
  const relay = async (at: number, to: () => Address): Promise<void> =>
    void relays.push(await relaySockets({ host: '127.0.0.1', port: at }, to));
  await relay(port!, proxyAddress);
  await relay(operatorPort!, operatorAddress);
  for (const [index, at] of proxyPorts.entries()) await relay(at, () => addressOf(podsOf(PROXY)[index], 8080));
  const token = await controlToken(cluster);

  return {
    port: port!,
    proxyPorts,
    proxyAddress,
    operatorAddress,
    proxyPods: () => podsOf(PROXY),
    operatorPods: () => podsOf(OPERATOR),
    async workload(name) {
      const headers = { authorization: `Bearer ${token}` };
      const path = `/api/workloads/default/${name}`;
      const answer = await request(operatorPort!, 'localhost', path, { headers }).catch(() => undefined);
      return answer?.status === 200 ? (JSON.parse(answer.body) as WorkloadStatus) : undefined;
    },
    async routes(proxy) {
      const { host } = addressOf(podsOf(PROXY)[proxy], 8081);
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`http://${host}:8081/v1/workloads`, { headers }).catch(() => undefined);
      return answer?.ok === true ? ((await answer.json()) as { workloads: unknown[] }).workloads.length : 0;
    },
    stop() {
      clearInterval(timer);
      for (const each of relays) each.close();
    },
  };
}

/** The shipped objects, with what a test wants otherwise. */
function manifests(options: InstallOptions): DeploymentObject[] {
  const files = [join(deployFolder, 'rouse.yaml')];
  const component = join(deployFolder, 'components/pod-deletion-cost');
  if (options.podDeletionCost === true) {
    const names = readdirSync(component).filter((name) => name !== 'kustomization.yaml');
    files.push(...names.map((name) => join(component, name)));
  }
  const objects = files
    .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')))
    .map((document) => document.toJS() as DeploymentObject | null)
    .filter((object) => object !== null);
  const deploymentOf = (name: string): DeploymentObject =>
    objects.find((each) => each.kind === 'Deployment' && each.metadata.name === name)!;
  const argsOf = (name: string): string[] => deploymentOf(name).spec.template.spec.containers[0].args;
  if (options.proxies !== undefined) deploymentOf(PROXY).spec.replicas = options.proxies;
  argsOf(PROXY).push(...(options.proxyArgs ?? []));
  argsOf(OPERATOR).push(...(options.operatorArgs ?? []));
  if (options.podDeletionCost === true) argsOf(OPERATOR).push('--pod-deletion-cost=true');
  return objects;
}

async function controlToken(cluster: Cluster): Promise<string> {
  interface Secret extends KubeObject {
    readonly data: Readonly<Record<string, string>>;
  }
  const secret = await cluster.get<Secret>(`/api/v1/namespaces/${NAMESPACE}/secrets/rouse-control-token`);
  const text = Buffer.from(Object.values(secret.data)[0] ?? '', 'base64').toString('utf8');
  return text.split('\n')[0]!;
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true;
  return ready && metadata.deletionTimestamp === undefined;
}

function age({ metadata }: Pod): string {
  return `${metadata.creationTimestamp} ${metadata.name}`;
}
