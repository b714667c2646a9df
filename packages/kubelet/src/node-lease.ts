/** A node's Lease in `kube-node-lease`: the sign of life by which a cluster knows that a node is there. */
import type { Clock } from '@rouse/contract';
import { describeFailure, type Kube, type KubeObject, leasePath, leasesPath } from '@rouse/kube';
import type { KubeletLog } from './context.ts';

export interface NodeLeaseOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: KubeletLog;
  readonly nodeName: string;
  /** Renewed each quarter of it (kubelet: nodeLeaseRenewIntervalFraction). */
  readonly leaseSeconds: number;
}

export interface NodeLease {
  /** Begins to renew, in the name of the Node as it was registered. */
  start(node: KubeObject): void;
  stop(): void;
}

const NAMESPACE = 'kube-node-lease';

export function nodeLease({ kube, clock, log, nodeName, leaseSeconds }: NodeLeaseOptions): NodeLease {
  /** As the API answered last; undefined = to be read. */
  let known: KubeObject | undefined;
  let stopped = false;
  let told = false;
  let cancel = (): void => undefined;

  async function renew(node: KubeObject): Promise<void> {
    const path = leasePath(NAMESPACE, nodeName);
    if (known === undefined) {
      const read = await kube.request<KubeObject>({ method: 'GET', path });
      if (read.ok) known = read.value;
      else if (read.status !== 404) return tell(describeFailure(read));
    }
    if (stopped) return;
    const body = leaseOf(node, known);
    const result =
      known === undefined
        ? await kube.request<KubeObject>({ method: 'POST', path: leasesPath(NAMESPACE), body })
        : await kube.request<KubeObject>({ method: 'PUT', path, body });
    known = result.ok ? result.value : undefined;
    if (!result.ok) tell(describeFailure(result));
    else told = false;
  }

  function leaseOf({ metadata: { uid } }: KubeObject, before: KubeObject | undefined): object {
    const version = before === undefined ? {} : { resourceVersion: before.metadata.resourceVersion };
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: nodeName,
        namespace: NAMESPACE,
        ...version,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }],
      },
      spec: {
        holderIdentity: nodeName,
        leaseDurationSeconds: leaseSeconds,
        // A MicroTime: six digits, or the API refuses it.
        renewTime: new Date(clock.wallMs()).toISOString().replace(/\.(\d{3})Z$/, '.$1000Z'),
      },
    };
  }

  function tell(problem: string): void {
    if (!told) log.warn('node lease not renewed, trying again', { nodeName, problem });
    told = true;
  }

  function run(node: KubeObject): void {
    if (stopped) return;
    cancel = clock.after(leaseSeconds * 250, () => run(node));
    void renew(node);
  }

  return {
    start: run,
    stop() {
      stopped = true;
      cancel();
    },
  };
}
