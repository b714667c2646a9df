/** Copies the plain counters of path, engine and control API into metrics, at scrape time alone. */
import { type PodPhase, proxyMetrics } from '@rouse/contract';
import { type Metrics, metricRegistry } from '@rouse/daemon';
import type { Counter, Registry } from 'prom-client';
import type { ControlCounts } from './control-api.ts';
import type { Fencing } from './fencing.ts';
import type { Fleet } from './fleet.ts';
import { HoldTimes } from './hold-times.ts';
import type { Http1Stats } from './http1/stats.ts';
import type { Prober } from './prober.ts';
import type { Reports } from './reports.ts';
import type { ProxyPath } from './request-path.ts';
import type { Workload } from './workload.ts';

export interface MetricSources {
  readonly fleet: Fleet;
  readonly path: ProxyPath;
  readonly prober: Prober;
  readonly reports: Reports;
  readonly fencing: Fencing;
  readonly control: ControlCounts;
  readonly http1: Http1Stats;
  /** Requests closed because `--shutdown-timeout` ended. */
  readonly shutdownCut: () => number;
  readonly accessLogDropped: () => number;
}

type ProxyMetrics = Metrics<typeof proxyMetrics>;

const PHASES: readonly PodPhase[] = ['starting', 'ready', 'armed', 'closed'];

export function proxyRegistry(sources: MetricSources): Registry {
  const { registry } = metricRegistry(proxyMetrics, (made) => collect(made, sources));
  registry.removeSingleMetric(proxyMetrics.holdSeconds.name);
  registry.registerMetric(new HoldTimes(() => sources.fleet.workloads.values()));
  return registry;
}

function collect(metrics: ProxyMetrics, sources: MetricSources): void {
  const perWorkload = [
    metrics.requests,
    metrics.quiet,
    metrics.inFlight,
    metrics.held,
    metrics.wakes,
    metrics.retries,
    metrics.failures,
    metrics.clientGone,
    metrics.cut,
    metrics.pods,
    metrics.revocations,
  ];
  // What is gone from the table is gone from the answer.
  for (const metric of perWorkload) metric.reset();
  for (const workload of sources.fleet.workloads.values()) collectWorkload(metrics, workload);
  collectWhole(metrics, sources);
}

function collectWorkload(metrics: ProxyMetrics, workload: Workload): void {
  const { namespace, name, counters } = workload;
  const labels = { namespace, name };
  for (let hundreds = 1; hundreds <= 5; hundreds++) {
    const answers = counters.answers[hundreds] ?? 0;
    if (answers > 0) metrics.requests.inc({ ...labels, class: `${hundreds}xx` }, answers);
  }
  for (const [code, count] of counters.refusals) metrics.failures.inc({ ...labels, code }, count);
  metrics.quiet.inc(labels, counters.quiet);
  metrics.wakes.inc(labels, counters.wakes);
  metrics.retries.inc(labels, counters.retries);
  metrics.clientGone.inc(labels, counters.clientsGone);
  metrics.cut.inc(labels, counters.cut);
  metrics.revocations.inc(labels, counters.revocations);
  metrics.inFlight.set(labels, workload.inFlight);
  metrics.held.set(labels, workload.held.count);
  for (const phase of PHASES) metrics.pods.set({ ...labels, phase }, 0);
  for (const pod of workload.pods.values()) metrics.pods.inc({ ...labels, phase: pod.phase });
}

function collectWhole(metrics: ProxyMetrics, sources: MetricSources): void {
  const { fleet, path, prober, reports, fencing, control, http1 } = sources;
  total(metrics.unrouted, path.unrouted);
  metrics.failures.inc({ namespace: '', name: '', code: 'no-route' }, path.unrouted);
  metrics.heldBytes.set(path.room.bytes);
  total(metrics.receivedBytes, http1.clientBytesRead);
  total(metrics.sentBytes, http1.clientBytesWritten);
  metrics.connections.set(http1.clientConnections);
  total(metrics.connectionsAccepted, http1.clientConnectionsAccepted);
  totals(metrics.connectionsRefused, 'reason', [
    ['limit', http1.clientConnectionsOverLimit],
    ['address-limit', http1.clientConnectionsOverAddressLimit],
    ['proxy-header', http1.proxyHeadersRefused],
  ]);
  totals(metrics.poolConnects, 'result', [
    ['ok', http1.podConnectsOk],
    ['refused', http1.podConnectsRefused],
    ['timeout', http1.podConnectsTimedOut],
    ['error', http1.podConnectsFailed],
  ]);
  metrics.poolConnections.set({ state: 'idle' }, http1.podConnectionsIdle);
  metrics.poolConnections.set({ state: 'busy' }, http1.podConnectionsBusy);
  metrics.workloads.set(fleet.workloads.size);
  metrics.controlEpoch.set(fencing.applied.epoch);
  metrics.controlGeneration.set(fencing.applied.generation);
  totals(metrics.controlRefused, 'reason', [
    ['fence', control.fence],
    ['token', control.token],
    ['body', control.body],
  ]);
  metrics.leaderAge.set(fencing.lastSignMs === null ? Number.NaN : fencing.silentMs() / 1000);
  metrics.reportStreams.set(reports.count);
  totals(metrics.probes, 'result', [
    ['ok', prober.succeeded],
    ['failed', prober.failed],
  ]);
  total(metrics.shutdownCut, sources.shutdownCut());
  total(metrics.accessLogDropped, sources.accessLogDropped());
}

function total(counter: Counter, value: number): void {
  counter.reset();
  counter.inc(value);
}

function totals(counter: Counter, label: string, values: readonly (readonly [string, number])[]): void {
  counter.reset();
  for (const [value, count] of values) counter.inc({ [label]: value }, count);
}
