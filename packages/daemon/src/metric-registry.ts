/** Makes prom-client's metrics from the contract's list, so that names, labels and help stand in one place. */
import type { Metric } from '@rouse/contract';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

type Made<M extends Metric> = M['type'] extends 'counter' ? Counter : M['type'] extends 'gauge' ? Gauge : Histogram;

export type Metrics<L extends Readonly<Record<string, Metric>>> = { readonly [K in keyof L]: Made<L[K]> };

function make(metric: Metric, registry: Registry): Counter | Gauge | Histogram {
  const about = { name: metric.name, help: metric.help, labelNames: [...metric.labels], registers: [registry] };
  if (metric.type === 'counter') return new Counter(about);
  if (metric.type === 'gauge') return new Gauge(about);
  return new Histogram({ ...about, buckets: [...(metric.buckets ?? [])] });
}

/**
 * A registry with every metric of the list.
 * @param collect called before each scrape, to copy counters that are kept as plain numbers
 *   (`counter.reset(); counter.inc(labels, total)`)
 */
export function metricRegistry<const L extends Readonly<Record<string, Metric>>>(
  list: L,
  collect?: (metrics: Metrics<L>) => void,
): { readonly registry: Registry; readonly metrics: Metrics<L> } {
  const registry = new Registry();
  const made = Object.entries(list).map(([key, metric]) => [key, make(metric, registry)]);
  const metrics = Object.fromEntries(made) as Metrics<L>;
  if (collect !== undefined) {
    const scrape = registry.metrics.bind(registry);
    registry.metrics = () => {
      collect(metrics);
      return scrape();
    };
  }
  return { registry, metrics };
}
