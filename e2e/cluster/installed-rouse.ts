/** Rouse as its users install it: the shipped manifests applied, its programs run as pods by the nodes. */
import type { WorkloadStatus } from '@rouse/contract';
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import type { Pod } from '@rouse/kubelet';
import { askOperator, type OperatorAddress } from '../operator-api.ts';
import { freePorts } from '../ports.ts';
import type { Cluster } from './cluster.ts';
import { type InstallOptions, NAMESPACE, OPERATOR, PROXY, rouseManifests } from './rouse-manifests.ts';
import { relaySockets, type SocketRelay } from './socket-relay.ts';

export interface InstalledRouse {
  /** Leads to the proxies that are Ready in turn, as a Service does. */
  readonly port: number;
  /** Leads to one proxy, by number from 0; refused while it is not Ready. */
  readonly proxyPorts: readonly number[];
  /** Leads to an operator that is Ready. */
  readonly operator: OperatorAddress;
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

const READY_MS = 60_000;
const LOOK_MS = 200;

/** Applies `deploy/rouse.yaml`; resolves once every operator and every proxy is Ready. */
export async function installRouse(cluster: Cluster, options: InstallOptions = {}): Promise<InstalledRouse> {
  const objects = rouseManifests(options);
  await cluster.apply(...objects);
  const replicasOf = (name: string): number =>
    objects.find((each) => each.kind === 'Deployment' && each.metadata.name === name)?.spec.replicas ?? 1;
  return findRouse(cluster, { proxies: replicasOf(PROXY), operators: replicasOf(OPERATOR) });
}

export interface FindOptions {
  readonly namespace?: string;
  readonly proxies: number;
  readonly operators: number;
}

/** Finds what somebody installed; resolves once so many of each are Ready. */
export async function findRouse(
  cluster: Cluster,
  { namespace = NAMESPACE, proxies, operators }: FindOptions,
): Promise<InstalledRouse> {
  const ready = new Map<string, readonly Pod[]>();

  async function look(): Promise<void> {
    const pods = await cluster.list<Pod>(`/api/v1/namespaces/${namespace}/pods`);
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
      return podsOf(PROXY).length >= proxies && podsOf(OPERATOR).length >= operators;
    },
    'operators and proxies Ready',
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
  const token = await controlToken(cluster, namespace);
  const operator = { url: `http://127.0.0.1:${operatorPort}`, token };

  return {
    port: port!,
    proxyPorts,
    operator,
    proxyAddress,
    operatorAddress,
    proxyPods: () => podsOf(PROXY),
    operatorPods: () => podsOf(OPERATOR),
    workload: (name) => askOperator<WorkloadStatus>(operator, `/api/workloads/default/${name}`),
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

async function controlToken(cluster: Cluster, namespace: string): Promise<string> {
  interface Secret extends KubeObject {
    readonly data: Readonly<Record<string, string>>;
  }
  const secret = await cluster.get<Secret>(`/api/v1/namespaces/${namespace}/secrets/rouse-control-token`);
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
