/** A workload as the operator's API tells of it, awake and idle, but for what a test changes. */
import type { WorkloadStatus } from '@rouse/contract';

export function sampleWorkload(changes: Partial<WorkloadStatus> = {}): WorkloadStatus {
  const name = changes.name ?? 'hello';
  return {
    namespace: 'default',
    name,
    state: 'awake',
    unmanaged: null,
    desired: 1,
    replicas: 1,
    ready: 1,
    held: 0,
    inFlight: 0,
    rps: 0,
    metric: 'concurrency',
    observed: 0.25,
    target: 70,
    minScale: 0,
    maxScale: 0,
    hosts: [`${name}.default.example.com`, `${name}.default`],
    url: null,
    sleepsInMs: 5_200,
    blocked: null,
    problems: [],
    lastDecision: null,
    ...changes,
  };
}
