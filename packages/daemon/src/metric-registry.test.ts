import { operatorMetrics, proxyMetrics } from '@rouse/contract';
import { expect, test } from 'vitest';
import { metricRegistry } from './metric-registry.ts';

test('every metric of both lists is exposed with its type and help', async () => {
  for (const list of [proxyMetrics, operatorMetrics]) {
    const text = await metricRegistry(list).registry.metrics();
    for (const metric of Object.values(list)) {
      expect(text).toContain(`# TYPE ${metric.name} ${metric.type}`);
    }
  }
});

test('plain counters are copied at each scrape', async () => {
  let arrivals = 5;
  const { registry } = metricRegistry(proxyMetrics, (metrics) => {
    metrics.wakes.reset();
    metrics.wakes.inc({ namespace: 'default', name: 'hello' }, arrivals);
  });
  expect(await registry.metrics()).toContain('rouse_proxy_wakes_total{namespace="default",name="hello"} 5');
  arrivals = 7;
  expect(await registry.metrics()).toContain('rouse_proxy_wakes_total{namespace="default",name="hello"} 7');
});
