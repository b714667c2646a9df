/** How soon a held request learns that no pod can be had: from the API's own record of the cause to the 503. */
import { until } from '@rouse/contract/testing';
import type { Pod } from '@rouse/kubelet';
import type { AppSpec } from '../../app/app-deployment.ts';
import { deployments } from '../../deployments.ts';
import { request } from '../../request.ts';
import { type ApiRequest, apiWrites } from '../audit.ts';
import type { Cluster } from '../cluster.ts';
import type { InstalledRouse } from '../installed-rouse.ts';
import { wallMs } from './first-bytes.ts';
import { onCluster } from './on-cluster.ts';
import { type Figure, spread } from './table.ts';

const TIMES = 10;
const annotations: AppSpec['annotations'] = { 'autoscaling.knative.dev/window': '6s' };

interface Cause {
  readonly what: string;
  readonly spec: Omit<AppSpec, 'name'>;
  /** Put in place before. */
  readonly objects?: readonly object[];
  /** The write that says so. */
  says(write: ApiRequest): boolean;
  readonly code: string;
}

const causes: ReadonlyMap<string, Cause> = new Map<string, Cause>([
  [
    'no-room',
    {
      what: 'Unschedulable written by kube-scheduler → 503 (fail-fast)',
      spec: {
        annotations: { ...annotations, 'rouse.dev/fail-fast': 'unschedulable' },
        container: { resources: { requests: { cpu: '1000' } } },
      },
      says: (write) => podStatus(write).conditions?.some(({ reason }) => reason === 'Unschedulable') === true,
      code: 'unschedulable',
    },
  ],
  [
    'no-image',
    {
      what: 'ImagePullBackOff written by our kubelet → 503',
      spec: { annotations, container: { image: 'registry.example.com/does-not-exist:1' } },
      says: (write) => waitingFor(write) === 'ImagePullBackOff',
      code: 'image-pull',
    },
  ],
  [
    'bad-name',
    {
      what: 'InvalidImageName written by our kubelet → 503',
      spec: { annotations, container: { image: 'Not An Image' } },
      says: (write) => waitingFor(write) === 'InvalidImageName',
      code: 'invalid-image-name',
    },
  ],
  [
    'crashes',
    {
      what: 'end of the third start written by our kubelet → 503',
      spec: { annotations, env: { EXIT_AT_ONCE: '1' } },
      says: (write) =>
        podStatus(write).containerStatuses?.some(
          ({ restartCount, state }) => restartCount >= 2 && state?.running === undefined,
        ) === true,
      code: 'crash-loop',
    },
  ],
  [
    'refused',
    {
      what: 'ReplicaFailure after a refusal by PodSecurity → 503 (5,000 ms of it are waited by design)',
      spec: { annotations },
      objects: [podSecurity('restricted')],
      says: isReplicaFailure,
      code: 'creation-refused',
    },
  ],
  [
    'over-quota',
    {
      what: 'ReplicaFailure after a refusal by ResourceQuota → 503 (5,000 ms of it are waited by design)',
      spec: { annotations },
      objects: [
        podSecurity('privileged'),
        { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'pods' }, spec: { hard: { pods: '0' } } },
      ],
      says: isReplicaFailure,
      code: 'creation-refused',
    },
  ],
]);

export function blocked(): Promise<readonly Figure[]> {
  return onCluster({}, async (cluster, rouse) => {
    const figures: Figure[] = [];
    for (const [name, cause] of causes) figures.push(spread(cause.what, await blockedBy(cluster, rouse, name, cause)));
    return figures;
  });
}

async function blockedBy(cluster: Cluster, rouse: InstalledRouse, name: string, cause: Cause): Promise<number[]> {
  const { create } = deployments(() => cluster);
  const names = Array.from({ length: TIMES }, (_, index) => `${name}-${index}`);
  await cluster.apply(...(cause.objects ?? []));
  for (const each of names) await create({ name: each, ...cause.spec });
  for (const each of names) await until(() => rouse.workload(each), `${each} is known`, 30_000);
  const failedMs = await Promise.all(
    names.map(async (each) => {
      const { status, headers } = await request(rouse.port, `${each}.default.example.com`, '/');
      const atMs = wallMs();
      const code = headers['x-rouse-error'];
      if (status !== 503 || code !== cause.code) throw new Error(`${each}: ${status} ${String(code)}`);
      return atMs;
    }),
  );
  const writes = apiWrites(cluster.plane).filter(({ subresource }) => subresource === 'status');
  return names.map((each, index) => {
    const said = writes.find((write) => write.name.startsWith(`${each}-`) && cause.says(write));
    return failedMs[index]! - (said?.answeredMs ?? Number.NaN);
  });
}

function podSecurity(level: string): object {
  const labels = { 'pod-security.kubernetes.io/enforce': level };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', labels } };
}

function podStatus({ resource, body }: ApiRequest): Partial<Pod['status'] & object> {
  return (resource === 'pods' ? (body as Partial<Pod> | undefined)?.status : undefined) ?? {};
}

function waitingFor(write: ApiRequest): string | undefined {
  return podStatus(write).containerStatuses?.[0]?.state?.waiting?.reason;
}

function isReplicaFailure({ resource, body }: ApiRequest): boolean {
  const { status } = (body ?? {}) as {
    readonly status?: { readonly conditions?: readonly { readonly type: string }[] };
  };
  return resource === 'replicasets' && status?.conditions?.some(({ type }) => type === 'ReplicaFailure') === true;
}
