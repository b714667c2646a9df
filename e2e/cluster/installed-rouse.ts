/** Rouse as its users install it: the shipped manifests applied, its programs run as pods by the nodes. */
import { until } from '@rouse/contract/testing';
import type { Pod } from '@rouse/kubelet';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from './cluster.ts';

export interface InstalledRouse {
  /** Of one proxy that is Ready; the next one each time. */
  proxyAddress(): Address;
  /** Of the operator that is Ready. */
  operatorAddress(): Address;
  proxyPods(): readonly Pod[];
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

const NAMESPACE = 'rouse-system';
const PROXY = 'rouse-proxy';
const OPERATOR = 'rouse-operator';
const READY_MS = 60_000;
const WATCH_MS = 500;

/** Applies every object of `yaml` in its order; resolves once operator and proxies are Ready. */
export async function installRouse(cluster: Cluster, yaml: string): Promise<InstalledRouse> {
  const objects = parseAllDocuments(yaml).map((document) => document.toJS() as object | null);
  await cluster.apply(...objects.filter((object) => object !== null));
  const ready = new Map<string, readonly Pod[]>();
  let turn = 0;

  async function look(): Promise<void> {
    const pods = await cluster.list<Pod>(`/api/v1/namespaces/${NAMESPACE}/pods`);
    for (const name of [PROXY, OPERATOR]) {
      const own = pods.filter((pod) => pod.metadata.labels?.['app.kubernetes.io/name'] === name);
      ready.set(name, own.filter(isReady));
    }
  }

  function next(name: string, port: number): Address {
    const pods = ready.get(name) ?? [];
    const pod = pods[turn++ % Math.max(1, pods.length)];
    // Nobody is there: whoever asks is refused, as by a Service without endpoints.
    return { host: pod?.status?.podIP ?? '127.0.0.1', port: pod === undefined ? 1 : port };
  }

  await until(
    async () => {
      await look();
      return [PROXY, OPERATOR].every((name) => (ready.get(name) ?? []).length > 0);
    },
    'operator and proxy Ready',
    READY_MS,
  );
  const timer = setInterval(() => void look().catch(() => undefined), WATCH_MS);
  timer.unref();
  return {
    proxyAddress: () => next(PROXY, 8080),
    operatorAddress: () => next(OPERATOR, 9090),
    proxyPods: () => ready.get(PROXY) ?? [],
  };
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true;
  return ready && metadata.deletionTimestamp === undefined;
}
