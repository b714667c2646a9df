/** Serves the histogram of hold times from the workloads' own buckets, as a labelled observation per request would cost. */
import { proxyMetrics } from '@rouse/contract';
import type { Histogram } from 'prom-client';
import type { Workload } from './workload.ts';

const { name, buckets } = proxyMetrics.holdSeconds;

type Answer = Awaited<ReturnType<Histogram['get']>>;

/** Takes over what `histogram` answers to a scrape; workloads in which nobody ever waited are left out. */
export function exposeHoldTimes(histogram: Histogram, workloads: () => Iterable<Workload>): void {
  const describe = histogram.get.bind(histogram);
  histogram.get = async (): Promise<Answer> => {
    const values: Answer['values'] = [];
    for (const workload of workloads()) {
      const { holds, holdSumS } = workload.counters;
      const labels = { namespace: workload.namespace, name: workload.name };
      let count = 0;
      const series: Answer['values'] = [];
      for (const [index, inBucket] of holds.entries()) {
        count += inBucket;
        series.push({
          metricName: `${name}_bucket`,
          labels: { ...labels, le: buckets[index] ?? '+Inf' },
          value: count,
        });
      }
      if (count === 0) continue;
      series.push({ metricName: `${name}_sum`, labels, value: holdSumS });
      series.push({ metricName: `${name}_count`, labels, value: count });
      values.push(...series);
    }
    return { ...(await describe()), values };
  };
}
