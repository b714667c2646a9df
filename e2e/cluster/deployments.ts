/** Deployments of a test cluster as their tests look at them. */
import { until } from '@rouse/contract/testing';
import type { KubeObject } from '@rouse/kube';
import type { Pod } from '@rouse/kubelet';
import { type AppSpec, deployment } from '../rouse-dev.ts';
import type { Cluster } from './cluster.ts';

export interface Deployment extends KubeObject {
  readonly spec: { readonly replicas: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
  };
}

export interface Deployments {
  /** Makes one of the app under test; `podSpec` is added to its pods' spec. */
  create(spec: AppSpec, podSpec?: object): Promise<void>;
  get(name: string): Promise<Deployment>;
  pods(name: string): Promise<readonly Pod[]>;
  /** Without those that are going. */
  livePods(name: string): Promise<readonly Pod[]>;
  scale(name: string, replicas: number): Promise<void>;
  /** Waits until so many replicas are Ready and no more pods are left. */
  settled(name: string, replicas: number, deadlineMs?: number): Promise<void>;
}

const collection = '/apis/apps/v1/namespaces/default/deployments';

/** Apps need no token; making one for each pod is work that tests would wait for. */
const NO_TOKEN = { automountServiceAccountToken: false };

export function deployments(cluster: () => Cluster): Deployments {
  const get = (name: string): Promise<Deployment> => cluster().get<Deployment>(`${collection}/${name}`);
  const pods = (name: string): Promise<readonly Pod[]> =>
    cluster().list<Pod>('/api/v1/namespaces/default/pods', { labelSelector: `app=${name}` });
  return {
    async create(spec, podSpec = {}) {
      const made = deployment(spec, cluster().appLogFile) as {
        spec: { replicas?: number; template: { spec: object } };
      };
      Object.assign(made.spec.template.spec, NO_TOKEN, podSpec);
      await cluster().apply(made);
    },
    get,
    pods,
    livePods: async (name) => (await pods(name)).filter((pod) => pod.metadata.deletionTimestamp === undefined),
    async scale(name, replicas) {
      const { kube } = cluster().plane;
      const path = `${collection}/${name}/scale`;
      const contentType = 'application/merge-patch+json';
      const result = await kube.request({ method: 'PATCH', path, body: { spec: { replicas } }, contentType });
      if (!result.ok) throw new Error(result.message);
    },
    async settled(name, replicas, deadlineMs = 30_000) {
      await until(
        async () => {
          const { status } = await get(name);
          return (status?.readyReplicas ?? 0) === replicas && (await pods(name)).length === replicas;
        },
        `${name} at ${replicas} ready replicas`,
        deadlineMs,
      );
    },
  };
}
