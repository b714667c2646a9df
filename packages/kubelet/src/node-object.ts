/** The Node object and status that a kubelet writes. */
import { arch } from 'node:os';
import type { Clock } from '@rouse/contract';
import type { KubeObject } from '@rouse/kube';
import type { PodCondition } from './pod.ts';
import { timestamp } from './timestamp.ts';

export interface NodeDescription {
  readonly nodeName: string;
  readonly hostIp: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly pods: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Where its own API is served, by whoever starts it; without one the API server has nobody to ask for logs. */
  readonly apiPort?: number;
}

export interface NodeObject extends KubeObject {
  readonly status?: { readonly conditions?: readonly NodeCondition[] };
}

/** A pod's condition with the time of the last look. */
export interface NodeCondition extends PodCondition {
  readonly lastHeartbeatTime?: string;
}

/** Node names of Kubernetes for the two that differ. */
const ARCHITECTURES = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
]);

/** As it is registered. */
export function nodeObject({ nodeName, labels }: NodeDescription): object {
  const usual = {
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': ARCHITECTURES.get(arch()) ?? arch(),
  };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, labels: { ...usual, ...labels } } };
}

/** Addresses, capacity and conditions; a condition's transition time moves only with its status. */
export function nodeStatus(description: NodeDescription, ready: boolean, known: NodeObject, clock: Clock): object {
  const { nodeName, hostIp, cpus, memoryBytes, pods, apiPort } = description;
  const capacity = { cpu: String(cpus), memory: `${Math.floor(memoryBytes / 1024)}Ki`, pods: String(pods) };
  const now = timestamp(clock);
  const before = new Map((known.status?.conditions ?? []).map((each) => [each.type, each]));
  const own: NodeCondition[] = [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    ready
      ? condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
      : condition('Ready', 'False', 'KubeletNotReady', 'container runtime is down'),
  ];
  const conditions = own.map((each) => {
    const last = before.get(each.type);
    const lastTransitionTime = last?.status === each.status ? (last.lastTransitionTime ?? now) : now;
    return { ...each, lastHeartbeatTime: now, lastTransitionTime };
  });
  const types = new Set(own.map((each) => each.type));
  return {
    capacity,
    allocatable: capacity,
    addresses: [
      { type: 'InternalIP', address: hostIp },
      { type: 'Hostname', address: nodeName },
    ],
    ...(apiPort === undefined ? {} : { daemonEndpoints: { kubeletEndpoint: { Port: apiPort } } }),
    conditions: [...conditions, ...[...before.values()].filter((each) => !types.has(each.type))],
    nodeInfo: {
      architecture: ARCHITECTURES.get(arch()) ?? arch(),
      operatingSystem: 'linux',
      kubeletVersion: 'v1.35.4',
      containerRuntimeVersion: 'rouse://1',
      // Required by the type, and nothing is known of them.
      bootID: '',
      machineID: '',
      systemUUID: '',
      kernelVersion: '',
      osImage: '',
      kubeProxyVersion: '',
    },
  };
}

function condition(type: string, status: 'True' | 'False', reason: string, message: string): NodeCondition {
  return { type, status, reason, message };
}
