/** A node of the cluster: a kubelet that runs its pods as processes on addresses of its own. */
import { delimiter, dirname, join } from 'node:path';
import { systemClock } from '@rouse/daemon';
import { connect } from '@rouse/kube';
import { addressRange, type Kubelet, startKubelet } from '@rouse/kubelet';
import type { ControlPlane } from './control-plane.ts';
import { imageCommand, imageFolder } from './image-command.ts';
import { NODE_API_PORT, serveNodeApi } from './node-api.ts';

export interface ClusterNode {
  readonly name: string;
  /** Says of itself that it is Ready, or not; its pods go on. */
  setReady(ready: boolean): void;
  /** As when its machine is lost: every process of its pods is killed, and nothing is written any more. */
  lose(): Promise<void>;
}

export interface ClusterNodeOptions {
  /** 1 to 254: pods get 10.244.NUMBER.2 and up. */
  readonly number: number;
  /** Until a pod's address is known; 0 by default. */
  readonly statusDelayMs?: number;
  readonly cpus?: number;
  /** Tokens of pods are renewed so often; by their own time by default. */
  readonly tokenRefreshMs?: number;
  /** Lines of pods. */
  out(line: string): void;
  warn(message: string): void;
}

/** Against a grace period of 8 s; a kubelet's are 40 and 50. */
const LEASE_SECONDS = 8;
/** A kubelet's is a minute. */
const VOLUME_REFRESH_MS = 2_000;
/** The machine's are few, and what tests ask for is a matter between them and the scheduler. */
const CPUS = 64;

export function startNode(plane: ControlPlane, options: ClusterNodeOptions): ClusterNode {
  const name = `node-${options.number}`;
  const kubeconfig = plane.kubeconfigFor(`system:node:${name}`, ['system:nodes']);
  const kube = connect({ kubeconfig, userAgent: 'kubelet' });
  const host = new URL(plane.server);
  const addresses = addressRange(`10.244.${options.number}.0`);
  const warn = (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    options.warn(`${name}: ${message} ${JSON.stringify(fields)}`);
  const tokens = options.tokenRefreshMs === undefined ? {} : { tokenRefreshMs: options.tokenRefreshMs };
  let kubelet: Kubelet | undefined = startKubelet({
    kube,
    nodeName: name,
    hostIp: addresses.first,
    podIp: (pod) => addresses.of(pod),
    releasePodIp: (pod) => addresses.release(pod),
    volumes: { folder: join(plane.folder, 'volumes'), refreshMs: VOLUME_REFRESH_MS, ...tokens },
    manifestFolder: (pod) => imageFolder(pod.spec.containers[0]?.image ?? ''),
    commandFor: (_pod, { image }) => imageCommand(image ?? ''),
    // No Service addresses are served here: this is where the API is.
    nodeEnv: { KUBERNETES_SERVICE_HOST: host.hostname, KUBERNETES_SERVICE_PORT: host.port },
    statusDelayMs: options.statusDelayMs ?? 0,
    node: { cpus: options.cpus ?? CPUS, leaseSeconds: LEASE_SECONDS, apiPort: NODE_API_PORT },
    clock: systemClock,
    log: { info: () => {}, warn },
    out: options.out,
    // Images with Node have this one.
    baseEnv: { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` },
  });
  const stopApi = serveNodeApi({
    address: addresses.first,
    certificate: plane.authority.server(name, [], [addresses.first]),
    ca: plane.authority.cert,
    logs: kubelet.logs,
  });
  return {
    name,
    setReady: (ready) => kubelet?.setReady(ready),
    async lose() {
      stopApi();
      await kubelet?.close(0);
      kubelet = undefined;
      await kube.close();
    },
  };
}
