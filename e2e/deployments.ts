/** Deployments of the app under test as tests look at them, by the Kubernetes API alone. */
import { until } from '@rouse/contract/testing';
import type { Kube, KubeObject } from '@rouse/kube';
import type { Pod } from '@rouse/kubelet';
import { type AppSpec, deployment } from './app/app-deployment.ts';
import { kubeObjects } from './kube-objects.ts';

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
  /** Changes it to what differs in `spec`, but its replicas, which are others' now. */
  edit(spec: AppSpec): Promise<void>;
  /** As `kubectl annotate --overwrite`; null removes. */
  annotate(name: string, annotations: Readonly<Record<string, string | null>>): Promise<void>;
  get(name: string): Promise<Deployment>;
  pods(name: string): Promise<readonly Pod[]>;
  /** Without those that are going. */
  livePods(name: string): Promise<readonly Pod[]>;
  scale(name: string, replicas: number): Promise<void>;
  /** Waits until so many replicas are Ready and no more pods are left. */
  settled(name: string, replicas: number, deadlineMs?: number): Promise<void>;
}

/** Where they are, and where their apps write what they do. */
export interface DeploymentsPlace {
  readonly kube: Kube;
  readonly appLogFile: string;
}

const collection = '/apis/apps/v1/namespaces/default/deployments';
/** A look costs two requests, and is taken for seconds. */
const LOOK_MS = 50;
const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';

/** Apps need no token; making one for each pod is work that tests would wait for. */
const NO_TOKEN = { automountServiceAccountToken: false };

interface MadeDeployment {
  readonly spec: { readonly template: { readonly spec: object } };
}

export function deployments(place: () => DeploymentsPlace): Deployments {
  const objects = () => kubeObjects(place().kube);
  const get = (name: string): Promise<Deployment> => objects().get<Deployment>(`${collection}/${name}`);
  const pods = (name: string): Promise<readonly Pod[]> =>
    objects().list<Pod>('/api/v1/namespaces/default/pods', { labelSelector: `app=${name}` });
  function made(spec: AppSpec, podSpec: object): MadeDeployment {
    const object = deployment(spec, place().appLogFile) as MadeDeployment;
    Object.assign(object.spec.template.spec, NO_TOKEN, podSpec);
    return object;
  }
  return {
    create: (spec, podSpec = {}) => objects().apply(made(spec, podSpec)),
    async edit(spec) {
      const object = made(spec, {});
      const body = { ...object, spec: { ...object.spec, replicas: undefined } };
      await objects().patch(`${collection}/${spec.name}`, body, STRATEGIC_MERGE_PATCH);
    },
    annotate: (name, annotations) => objects().patch(`${collection}/${name}`, { metadata: { annotations } }),
    get,
    pods,
    livePods: async (name) => (await pods(name)).filter((pod) => pod.metadata.deletionTimestamp === undefined),
    scale: (name, replicas) => objects().patch(`${collection}/${name}/scale`, { spec: { replicas } }),
    async settled(name, replicas, deadlineMs = 30_000) {
      await until(
        async () => {
          const { status } = await get(name);
          return (status?.readyReplicas ?? 0) === replicas && (await pods(name)).length === replicas;
        },
        `${name} at ${replicas} ready replicas`,
        deadlineMs,
        LOOK_MS,
      );
    },
  };
}
