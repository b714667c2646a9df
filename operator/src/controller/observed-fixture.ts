/** For tests: a workload and a pod as the cluster shows them, with every field at its most usual. */
import type { ObservedPod, ObservedWorkload } from '../cluster/observed-workload.ts';
import { defaultSettings } from '../cluster/test-records.ts';

export function observedPod(uid: string, more: Partial<ObservedPod> = {}): ObservedPod {
  return {
    uid,
    name: uid,
    address: '10.0.0.1',
    port: 8080,
    phase: 'ready',
    probe: null,
    terminating: false,
    deleted: false,
    scheduled: true,
    podPhase: 'Running',
    ready: true,
    readySinceMs: 0,
    createdMs: 0,
    startedMs: 0,
    restarts: 0,
    nodeName: 'node',
    replicaSetUid: 'rs',
    deletionCost: null,
    ...more,
  };
}

export function observedWorkload(more: Partial<ObservedWorkload> = {}): ObservedWorkload {
  return {
    key: 'default/web',
    namespace: 'default',
    name: 'web',
    uid: 'uid-web',
    createdMs: 0,
    mode: 'managed',
    modeReason: null,
    settings: defaultSettings,
    problems: [],
    replicas: 1,
    readyReplicas: 1,
    generation: 1,
    observedGeneration: 1,
    resourceVersion: '1',
    everReady: true,
    replicaSets: [],
    pods: [],
    routes: ['web.default'],
    hosts: ['web.default.example.com'],
    blocked: null,
    conflict: null,
    foreignWrite: null,
    hpa: null,
    ...more,
  };
}
