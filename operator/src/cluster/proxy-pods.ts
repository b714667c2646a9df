/** Keeps the members equal to the proxy Pods of the operator's own namespace, and excuses those that are lost with their node. */
import type { Clock } from '@rouse/contract';
import {
  describeFailure,
  type Kube,
  type KubeLog,
  type KubeObject,
  nodePath,
  podsPath,
  type Reflector,
  reflect,
} from '@rouse/kube';
import type { Excuse, MemberView } from '../members/member.ts';
import type { RawCondition, RawPod } from './api-shapes.ts';
import type { EventRecorder } from './events.ts';
import { type ProxyPodRecord, projectProxyPod } from './proxy-pod-record.ts';

export interface ProxyPodsOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: KubeLog;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly members: {
    add(url: string): unknown;
    remove(url: string): void;
    list(): readonly Pick<MemberView, 'url' | 'silentMs' | 'excuse'>[];
    excuse(url: string, excuse: Excuse): void;
  };
  readonly namespace: string;
  /** Label selector of the proxy Pods. */
  readonly selector: string;
  /** Where no container names a port `admin`. */
  readonly adminPort: number;
}

export interface ProxyPods {
  /** Resolves when the Pods were read once, so that every proxy there is, is a member. */
  readonly whenSynced: Promise<void>;
  /** What cannot be read now, in plain words. */
  troubles(): readonly string[];
  stop(): void;
}

const LOOK_MS = 5_000;
/** Silent for so long, and its node NotReady: it no longer holds up fewer pods. */
const SILENT_FEWER_MS = 60_000;
/** And no longer holds up sleep. */
const SILENT_ZERO_MS = 300_000;
const REQUEST_TIMEOUT_MS = 5_000;

interface RawNode extends KubeObject {
  readonly status?: { readonly conditions?: readonly RawCondition[] };
}

/** Starts at once. Ready or not, terminating ones included: a proxy that goes still has requests. */
export function proxyPods(options: ProxyPodsOptions): ProxyPods {
  const { kube, clock, log, events, members, namespace } = options;
  const joined = new Set<string>();
  let stopped = false;
  let cancelLook: () => void = () => undefined;

  const pods: Reflector<ProxyPodRecord> = reflect<RawPod, ProxyPodRecord>({
    kube,
    clock,
    log,
    path: podsPath(namespace),
    query: { labelSelector: options.selector },
    project: (raw) => projectProxyPod(raw, options.adminPort),
    key: ({ uid }) => uid,
    onChange: align,
  });

  /** By address and not by Pod: a new Pod may have the address of one that is gone, in either order of news. */
  function align(): void {
    const wanted = new Set<string>();
    for (const pod of pods.values()) if (pod.url !== null && pod.mayRun && !pod.ended) wanted.add(pod.url);
    for (const url of [...joined]) {
      if (wanted.has(url)) continue;
      joined.delete(url);
      members.remove(url);
    }
    for (const url of wanted) {
      if (joined.has(url)) continue;
      joined.add(url);
      members.add(url);
    }
  }

  function look(): void {
    cancelLook = clock.after(LOOK_MS, () => {
      const silent = members.list().filter(({ silentMs }) => silentMs >= SILENT_FEWER_MS);
      void Promise.all(silent.map(judge)).then(() => {
        if (!stopped) look();
      });
    });
  }

  async function judge(member: Pick<MemberView, 'url' | 'silentMs' | 'excuse'>): Promise<void> {
    const pod = [...pods.values()].find(({ url }) => url === member.url);
    if (pod?.nodeName == null) return;
    const lost = await isNodeLost(pod.nodeName);
    if (stopped || member.silentMs < SILENT_FEWER_MS) return;
    const excuse = !lost ? 'none' : member.silentMs >= SILENT_ZERO_MS ? 'zero' : 'fewer';
    if (excuse === member.excuse) return;
    members.excuse(member.url, excuse);
    if (excuse === 'none') return;
    const without = excuse === 'fewer' ? 'pods are removed, but the last one stays' : 'workloads go to sleep';
    const message = `silent for ${Math.round(member.silentMs / 1000)} s on node ${pod.nodeName}, which is not ready: ${without} without its word`;
    log.warn('proxy lost with its node', { proxy: member.url, node: pod.nodeName, excuse });
    events.record({ namespace, name: pod.name, uid: pod.uid, kind: 'Pod' }, 'Warning', 'ProxyLost', message);
  }

  /** Where nodes may not be read nothing is known of them, and a silent proxy keeps its veto. */
  async function isNodeLost(name: string): Promise<boolean> {
    const read = await kube.request<RawNode>({ method: 'GET', path: nodePath(name), timeoutMs: REQUEST_TIMEOUT_MS });
    if (!read.ok) return read.status === 404;
    return read.value.status?.conditions?.find(({ type }) => type === 'Ready')?.status !== 'True';
  }

  look();
  return {
    whenSynced: pods.whenSynced,
    troubles: () => (pods.trouble === null ? [] : [`proxy Pods: ${describeFailure(pods.trouble)}`]),
    stop() {
      stopped = true;
      cancelLook();
      pods.stop();
    },
  };
}
