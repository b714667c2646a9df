/** The workloads behind the proxies on a small Kubernetes API of their own: two awake, all others asleep. */
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { systemClock } from '@rouse/daemon';
import { type LocalCluster, startLocalCluster } from '@rouse/local';
import { folder, writeFile } from '../folder.ts';
import type { Pod, Pods } from '../peers/peer.ts';
import { findProgram, freePort } from '../programs.ts';

export interface Workloads {
  readonly apiUrl: string;
  readonly pods: Pods;
  close(): Promise<void>;
}

const MIB = Buffer.alloc(1_048_576, 'x');

/** @param count of workloads in all */
export async function startWorkloads(count: number): Promise<Workloads> {
  const app = [process.execPath, join(import.meta.dirname, 'app.ts')];
  const nginx = findProgram('nginx');
  const manifests = [
    // Without nginx the app stands in for it: slower, and the same for all.
    deployment('hello', nginx === undefined ? app : nginxCommand(nginx), true),
    deployment('stream', app, true),
    // Never ready, since nothing listens.
    deployment('asleep', ['sleep', '1000000'], false),
    ...Array.from({ length: count - 3 }, (_, index) => deployment(`idle-${index}`, ['sleep', '1000000'], false)),
  ];
  writeFile('workloads.yaml', manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n'));
  const cluster = await startLocalCluster({
    apiPort: await freePort(),
    paths: [join(folder, 'workloads.yaml')],
    clock: systemClock,
    onPodLog: (line) => console.error(line),
    onProblem: (problem) => {
      throw new Error(problem.fix);
    },
    onNotice: () => {},
  });
  return {
    apiUrl: cluster.url,
    pods: { plain: await podOf(cluster, 'hello'), stream: await podOf(cluster, 'stream') },
    close: () => cluster.close(),
  };
}

/** A shell that becomes nginx, with the address it is told. */
function nginxCommand(program: string): string[] {
  writeFile('1mib', MIB);
  writeFile('4kib.html', MIB.subarray(0, 4096));
  const template = join(import.meta.dirname, 'nginx.conf');
  const config = join(folder, 'pod.conf');
  const fill = `sed -e "s|ADDRESS|$HOST:$PORT|g" -e "s|FOLDER|${folder}|g" ${template} > ${config}`;
  return ['sh', '-c', `${fill} && exec ${program} -c ${config}`];
}

function deployment(name: string, command: readonly string[], awake: boolean): object {
  const scale = {
    'autoscaling.knative.dev/max-scale': '1',
    ...(awake ? { 'autoscaling.knative.dev/min-scale': '1' } : {}),
  };
  const container = {
    name: 'app',
    image: 'app:latest',
    command,
    ports: [{ containerPort: 8080 }],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations: { 'rouse.dev/enabled': 'true', ...scale } },
    spec: {
      replicas: awake ? 1 : 0,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [container] } },
    },
  };
}

interface PodList {
  readonly items: readonly PodObject[];
}
interface PodObject {
  readonly spec: { readonly containers: readonly { readonly ports: readonly { readonly containerPort: number }[] }[] };
  readonly status?: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Where the pod of a Deployment listens, once it is ready. */
function podOf(cluster: LocalCluster, name: string): Promise<Pod> {
  return until(
    async () => {
      const url = `${cluster.url}/api/v1/namespaces/default/pods?labelSelector=app%3D${name}`;
      const { items } = (await (await fetch(url)).json()) as PodList;
      const ready = items.find(({ status }) =>
        status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
      );
      return ready && { address: ready.status!.podIP!, port: ready.spec.containers[0]!.ports[0]!.containerPort };
    },
    `the pod of ${name}`,
    60_000,
  );
}
