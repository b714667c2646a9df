/** Copies the plain counters of path, engine and control API into metrics, at scrape time alone. */
import { proxyMetrics } from '@rouse/contract';
import { type Metrics, metricRegistry, type Scrape } from '@rouse/daemon';
import type { Counter } from 'prom-client';
import type { ControlCounts } from './control-api.ts';
import type { Fencing } from './fencing.ts';
import type { Fleet } from './fleet.ts';
import type { Http1Stats } from './http1/stats.ts';
import type { Prober } from './prober.ts';
import type { Reports } from './reports.ts';
import type { ProxyPath } from './request-path.ts';
import { perWorkload, workloadMetrics } from './workload-metrics.ts';

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

const whole = Object.fromEntries(
  Object.entries(proxyMetrics).filter(([key]) => !perWorkload.some((each) => each === key)),
) as Omit<typeof proxyMetrics, (typeof perWorkload)[number]>;

/** What a scrape of the proxy gets. */
export function proxyScrape(sources: MetricSources): Scrape {
  const { registry } = metricRegistry(whole, (made) => collect(made, sources));
  return {
    contentType: registry.contentType,
    async metrics() {
      const text = await registry.metrics();
      const ofWorkloads = await workloadMetrics(sources.fleet.workloads.values(), sources.path.unrouted);
      return Buffer.concat([Buffer.from(text), ...ofWorkloads]);
    },
  };
}

function collect(metrics: Metrics<typeof whole>, sources: MetricSources): void {
  const { fleet, path, prober, reports, fencing, control, http1 } = sources;
  total(metrics.unrouted, path.unrouted);
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
