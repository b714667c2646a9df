/** The operator's metrics, copied at scrape time from what it knows anyway. */
import { operatorMetrics } from '@rouse/contract';
import { metricRegistry } from '@rouse/daemon';
import type { Registry } from 'prom-client';
import type { LeaderLease } from './cluster/lease.ts';
import type { Controller } from './controller/controller.ts';
import type { Members } from './members/members.ts';

export interface MetricSources {
  readonly controller: Controller;
  readonly members: Members;
  readonly lease: Pick<LeaderLease, 'epoch'>;
}

const STATES = ['asleep', 'waking', 'awake', 'unmanaged'] as const;

export function operatorMetricRegistry({ controller, members, lease }: MetricSources): Registry {
  const { registry } = metricRegistry(operatorMetrics, (metrics) => {
    const states = new Map<string, number>(STATES.map((state) => [state, 0]));
    for (const gauge of [
      metrics.desired,
      metrics.replicas,
      metrics.readyPods,
      metrics.target,
      metrics.blocked,
      metrics.problems,
    ]) {
      gauge.reset();
    }
    for (const key of controller.keys()) {
      const status = controller.get(key)!.status();
      const { namespace, name } = status;
      const labels = { namespace, workload: name };
      const state = status.unmanaged === null ? status.state : 'unmanaged';
      states.set(state, (states.get(state) ?? 0) + 1);
      if (status.desired !== null) metrics.desired.set(labels, status.desired);
      metrics.replicas.set(labels, status.replicas);
      metrics.readyPods.set(labels, status.ready);
      metrics.target.set(labels, status.target);
      metrics.problems.set(labels, status.problems.length);
      if (status.blocked !== null) metrics.blocked.set({ ...labels, code: status.blocked.code }, 1);
    }
    for (const [state, count] of states) metrics.workloads.set({ state }, count);
    const silent = members.list().filter((member) => member.silentMs > 3_000).length;
    metrics.members.set({ state: 'silent' }, silent);
    metrics.members.set({ state: 'reporting' }, members.list().length - silent);
    metrics.reportAge.reset();
    for (const member of members.list()) metrics.reportAge.set({ proxy: member.url }, member.silentMs / 1000);
    metrics.leader.set(lease.epoch === null ? 0 : 1);
    if (lease.epoch !== null) metrics.leaseTransitions.set(lease.epoch);
  });
  return registry;
}
