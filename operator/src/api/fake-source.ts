/** For tests: a status source that says what the test last set. */
import type { ApiEvent, DecisionRecord, Transition, WorkloadStatus } from '@rouse/contract';
import type { StatusSource, WakeResult } from './status-source.ts';

export class FakeSource implements StatusSource {
  readonly statuses = new Map<string, WorkloadStatus>();
  readonly records = new Map<string, DecisionRecord[]>();
  readonly story: Transition[] = [];
  readonly woken: string[] = [];
  readonly listeners = new Set<(event: ApiEvent) => void>();
  wakeResult: WakeResult = { ok: true, desired: 1, message: 'waking' };

  workloads(): readonly WorkloadStatus[] {
    return [...this.statuses.values()];
  }

  workload(key: string): WorkloadStatus | undefined {
    return this.statuses.get(key);
  }

  decisions(key: string): readonly DecisionRecord[] | undefined {
    return this.statuses.has(key) ? (this.records.get(key) ?? []) : undefined;
  }

  transitions(): readonly Transition[] {
    return this.story;
  }

  async wake(key: string): Promise<WakeResult> {
    this.woken.push(key);
    return this.wakeResult;
  }

  subscribe(listener: (event: ApiEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Sets a workload's figures and tells every listener. */
  set(name: string, over: Partial<WorkloadStatus> = {}): void {
    const key = name.includes('/') ? name : `default/${name}`;
    const workload = { ...(this.statuses.get(key) ?? asleep(key)), ...over };
    this.statuses.set(key, workload);
    this.emit({ type: 'workload', workload });
  }

  remove(key: string): void {
    this.statuses.delete(key);
    const [namespace, name] = key.split('/') as [string, string];
    this.emit({ type: 'removed', namespace, name });
  }

  happened(transition: Transition): void {
    this.story.push(transition);
    this.emit({ type: 'transition', transition });
  }

  emit(event: ApiEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

function asleep(key: string): WorkloadStatus {
  const [namespace, name] = key.split('/') as [string, string];
  return {
    namespace,
    name,
    state: 'asleep',
    unmanaged: null,
    desired: 0,
    replicas: 0,
    ready: 0,
    held: 0,
    inFlight: 0,
    rps: 0,
    metric: 'concurrency',
    observed: 0,
    target: 70,
    minScale: 0,
    maxScale: 0,
    hosts: [`${name}.${namespace}.example.com`, `${name}.${namespace}`],
    url: 'http://localhost:8080/',
    sleepsInMs: null,
    blocked: null,
    problems: [],
    lastDecision: null,
  };
}
