/** The histogram of hold times, served from the workloads' own buckets, as a labelled observation per request would cost. */
import { proxyMetrics } from '@rouse/contract';
import { Histogram } from 'prom-client';
import type { Workload } from './workload.ts';

const { name, help, labels: labelNames, buckets } = proxyMetrics.holdSeconds;

interface Series {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Expected by `get`, which merges them into the labels. */
  readonly sharedLabels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Workloads in which nobody ever waited are left out. */
export class HoldTimes extends Histogram {
  readonly #workloads: () => Iterable<Workload>;

  constructor(workloads: () => Iterable<Workload>) {
    super({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers: [] });
    this.#workloads = workloads;
  }

  /** What the registry and `get` ask a histogram for; prom-client's types leave it out. */
  async getForPromString(): Promise<object> {
    const values = [...this.#workloads()].flatMap(seriesOf);
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}

function seriesOf(workload: Workload): Series[] {
  const { holds, holdSumS } = workload.counters;
  const sharedLabels = {};
  const labels = { namespace: workload.namespace, name: workload.name };
  const series: Series[] = [];
  let count = 0;
  for (const [index, inBucket] of holds.entries()) {
    count += inBucket;
    series.push({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: buckets[index] ?? '+Inf' },
      sharedLabels,
      value: count,
    });
  }
  if (count === 0) return [];
  series.push({ metricName: `${name}_sum`, labels, sharedLabels, value: holdSumS });
  series.push({ metricName: `${name}_count`, labels, sharedLabels, value: count });
  return series;
}
