/** One Node object and its Lease: registered, kept Ready or said not to be, as a kubelet does. */
import { availableParallelism, totalmem } from 'node:os';
import type { Clock } from '@rouse/contract';
import { describeFailure, type Kube, MERGE_PATCH, nodePath, nodeStatusPath, nodesPath } from '@rouse/kube';
import type { KubeletLog } from './context.ts';
import { nodeLease } from './node-lease.ts';
import { type NodeObject, nodeObject, nodeStatus } from './node-object.ts';

export interface NodeOptions {
  /** All of this machine's by default; the scheduler counts requests against it. */
  readonly cpus?: number;
  readonly memoryBytes?: number;
  /** 110 by default. */
  readonly pods?: number;
  /** Added to the usual ones. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Where the node's own API is served, by whoever starts it: the API server asks there for logs. */
  readonly apiPort?: number;
  /** Of the Lease; renewed each quarter of it. A kubelet's 40 by default. */
  readonly leaseSeconds?: number;
}

export interface NodeAgentOptions extends NodeOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: KubeletLog;
  readonly nodeName: string;
  readonly hostIp: string;
}

export interface NodeAgent {
  /** Written at once. */
  setReady(ready: boolean): void;
  /** Nothing is written any more: after its grace period the node is lost to the cluster. */
  stop(): void;
}

const LEASE_SECONDS = 40;
/** kubelet: nodeStatusUpdateFrequency. What others wrote over is mended with the next look. */
const STATUS_MS = 10_000;
const RETRY_MS = 500;

export function startNodeAgent(options: NodeAgentOptions): NodeAgent {
  const { kube, clock, log, nodeName } = options;
  const leaseSeconds = options.leaseSeconds ?? LEASE_SECONDS;
  const description = {
    nodeName,
    hostIp: options.hostIp,
    cpus: options.cpus ?? availableParallelism(),
    memoryBytes: options.memoryBytes ?? totalmem(),
    pods: options.pods ?? 110,
    labels: options.labels ?? {},
    ...(options.apiPort === undefined ? {} : { apiPort: options.apiPort }),
  };
  let ready = true;
  let stopped = false;
  let known: NodeObject | undefined;
  let cancelStatus = (): void => undefined;
  let writing: Promise<void> | undefined;
  let again = false;
  const lease = nodeLease({ kube, clock, log, nodeName, leaseSeconds });

  /** One at a time; a change meanwhile makes another. */
  function sync(): void {
    cancelStatus();
    if (stopped) return;
    if (writing !== undefined) {
      again = true;
      return;
    }
    again = false;
    writing = syncOnce().then((ok) => {
      writing = undefined;
      if (again) sync();
      else if (!stopped) cancelStatus = clock.after(ok ? STATUS_MS : RETRY_MS, sync);
    });
  }

  async function syncOnce(): Promise<boolean> {
    const registered = await register();
    if (registered === undefined || stopped) return false;
    const status = nodeStatus(description, ready, registered, clock);
    const path = nodeStatusPath(nodeName);
    const result = await kube.request<NodeObject>({
      method: 'PATCH',
      path,
      body: { status },
      contentType: MERGE_PATCH,
    });
    if (!result.ok) log.warn('node status not written, trying again', { nodeName, problem: describeFailure(result) });
    return result.ok;
  }

  /** The Node as it stands; made where there is none. */
  async function register(): Promise<NodeObject | undefined> {
    const read = await kube.request<NodeObject>({ method: 'GET', path: nodePath(nodeName) });
    const result =
      read.ok || read.status !== 404
        ? read
        : await kube.request<NodeObject>({ method: 'POST', path: nodesPath(), body: nodeObject(description) });
    if (!result.ok) {
      if (known === undefined)
        log.warn('node not registered, trying again', { nodeName, problem: describeFailure(result) });
      return undefined;
    }
    if (known === undefined) lease.start(result.value);
    known = result.value;
    return known;
  }

  sync();
  return {
    setReady(now) {
      if (now === ready) return;
      ready = now;
      sync();
    },
    stop() {
      stopped = true;
      cancelStatus();
      lease.stop();
    },
  };
}
