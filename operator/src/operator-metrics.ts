/** The operator's metrics: histograms as things happen, everything else copied at scrape time from what is known anyway. */
import { operatorMetrics, type Transition, type WorkloadKey } from '@rouse/contract';
import { type Metrics, metricRegistry } from '@rouse/daemon';
import type { Registry } from 'prom-client';
import type { EventRecorder } from './cluster/events.ts';
import type { LeaderLease } from './cluster/lease.ts';
import type { Controller } from './controller/controller.ts';
import type { WorkloadController } from './controller/workload-controller.ts';
import type { KubeCall } from './measured-kube.ts';
import type { Members } from './members/members.ts';

export interface MetricSources {
  readonly controller: Controller;
  readonly members: Members;
  readonly lease: Pick<LeaderLease, 'epoch'>;
  readonly events: Pick<EventRecorder, 'written'>;
}

export interface OperatorMetrics {
  readonly registry: Registry;
  /** A call of the Kubernetes API ended. */
  called(call: KubeCall): void;
  pushed(ms: number): void;
  reconciled(ms: number): void;
  wakePatched(ms: number): void;
  transition(transition: Transition): void;
  forget(key: WorkloadKey): void;
}

type Made = Metrics<typeof operatorMetrics>;

const STATES = ['asleep', 'waking', 'awake', 'unmanaged'] as const;
const STAGES = [
  ['patched', 'patchedMs'],
  ['started', 'startedMs'],
  ['port', 'portMs'],
  ['first-byte', 'firstByteMs'],
] as const;
/** Three beats of a proxy's reports. */
const SILENT_MS = 3_000;

/** @param sources asked at each scrape; null as long as they do not stand */
export function operatorMetricRegistry(sources: () => MetricSources | null): OperatorMetrics {
  const { registry, metrics } = metricRegistry(operatorMetrics, (made) => {
    const now = sources();
    if (now !== null) collect(made, now);
  });
  return {
    registry,
    called({ verb, resource, code, ms }) {
      metrics.apiRequests.inc({ verb, resource, code });
      if (ms !== null) metrics.apiSeconds.observe({ verb, resource }, ms / 1000);
    },
    pushed: (ms) => metrics.pushSeconds.observe(ms / 1000),
    reconciled: (ms) => metrics.reconcileSeconds.observe(ms / 1000),
    wakePatched: (ms) => metrics.wakeSeconds.observe(ms / 1000),
    transition({ namespace, name, coldStart }) {
      for (const [stage, field] of STAGES) {
        const ms = coldStart?.[field] ?? null;
        if (ms !== null) metrics.coldStartSeconds.observe({ namespace, name, stage }, ms / 1000);
      }
    },
    forget(key) {
      const [namespace = '', name = ''] = key.split('/');
      for (const [stage] of STAGES) metrics.coldStartSeconds.remove({ namespace, name, stage });
    },
  };
}

function collect(made: Made, sources: MetricSources): void {
  collectWorkloads(made, sources.controller);
  collectMembers(made, sources.members);
  made.queueDepth.set(sources.controller.waiting);
  made.leader.set(sources.controller.leading ? 1 : 0);
  if (sources.lease.epoch !== null) made.leaseTransitions.set(sources.lease.epoch);
  made.events.reset();
  for (const type of ['Normal', 'Warning'] as const) made.events.inc({ type }, sources.events.written[type]);
}

function collectWorkloads(made: Made, controller: Controller): void {
  const perWorkload = [
    made.decisions,
    made.desired,
    made.replicas,
    made.readyPods,
    made.observed,
    made.target,
    made.panicking,
    made.blocked,
    made.problems,
    made.patches,
    made.handshakes,
    made.foreignWrites,
  ];
  // What is gone is gone from the answer.
  for (const metric of perWorkload) metric.reset();
  const states = new Map<string, number>(STATES.map((state) => [state, 0]));
  for (const key of controller.keys()) {
    const workload = controller.get(key);
    if (workload === undefined) continue;
    const state = collectWorkload(made, workload);
    states.set(state, (states.get(state) ?? 0) + 1);
  }
  for (const [state, count] of states) made.workloads.set({ state }, count);
}

/** @returns what it counts as */
function collectWorkload(made: Made, workload: WorkloadController): (typeof STATES)[number] {
  const status = workload.status();
  const { counts, decision } = workload;
  const labels = { namespace: status.namespace, name: status.name };
  if (status.desired !== null) made.desired.set(labels, status.desired);
  made.replicas.set(labels, status.replicas);
  made.readyPods.set(labels, status.ready);
  made.target.set(labels, status.target);
  made.problems.set(labels, workload.faults);
  if (status.blocked !== null) made.blocked.set({ ...labels, code: status.blocked.code }, 1);
  if (decision !== null) {
    made.observed.set({ ...labels, window: 'stable' }, decision.observed);
    made.observed.set({ ...labels, window: 'panic' }, Number(decision.record.inputs.panic ?? 0));
    made.panicking.set(labels, decision.panicking ? 1 : 0);
  }
  for (const [cause, count] of counts.decisions) made.decisions.inc({ ...labels, cause }, count);
  for (const [result, count] of counts.patches) made.patches.inc({ ...labels, result }, count);
  for (const [outcome, count] of counts.handshakes) made.handshakes.inc({ ...labels, outcome }, count);
  made.foreignWrites.inc(labels, counts.foreignWrites);
  return status.unmanaged === null ? status.state : 'unmanaged';
}

function collectMembers(made: Made, members: Members): void {
  const list = members.list();
  const silent = list.filter(({ lastReportAtMs, silentMs }) => lastReportAtMs === null || silentMs > SILENT_MS).length;
  made.members.set({ state: 'silent' }, silent);
  made.members.set({ state: 'reporting' }, list.length - silent);
  made.reportAge.reset();
  made.pushes.reset();
  for (const { url, silentMs, pushes } of list) {
    made.reportAge.set({ proxy: url }, silentMs / 1000);
    for (const result of ['ok', 'fenced', 'error'] as const) made.pushes.inc({ proxy: url, result }, pushes[result]);
  }
}
