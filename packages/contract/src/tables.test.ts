import { expect, test } from 'vitest';
import { failure, failures, isFailureCode } from './failures.ts';
import { metrics, operatorMetrics, proxyMetrics } from './metrics.ts';

test('every failure has a code fit for a field value, an error status and documentation', () => {
  for (const row of failures) {
    expect(row.code).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(row.status).toBeGreaterThanOrEqual(400);
    expect(row.status).toBeLessThan(600);
    expect(row.doc).toMatch(/\.$/);
    expect(failure(row.code)).toBe(row);
  }
});

test('codes from the wire are recognised, anything else is not', () => {
  expect(isFailureCode('image-pull')).toBe(true);
  expect(isFailureCode('__proto__')).toBe(false);
});

test('a reason that blocks a workload is always answered with 503', () => {
  const blocking = failures.filter((row) => row.blocks);
  expect(blocking.map((row) => row.status)).toEqual(blocking.map(() => 503));
});

test('metric names are unique, and follow the conventions of Prometheus', () => {
  expect(new Set(metrics.map((metric) => metric.name)).size).toBe(metrics.length);
  for (const metric of metrics) {
    expect(metric.name).toMatch(/^rouse_(?:proxy|operator)(?:_[a-z]+)+$/);
    expect([metric.name, metric.name.endsWith('_total')]).toEqual([metric.name, metric.type === 'counter']);
    if (metric.unit !== '') expect(metric.name).toContain(`_${metric.unit}`);
    expect(metric.buckets !== undefined).toBe(metric.type === 'histogram');
  }
  expect(Object.values(proxyMetrics).every((metric) => metric.name.startsWith('rouse_proxy_'))).toBe(true);
  expect(Object.values(operatorMetrics).every((metric) => metric.name.startsWith('rouse_operator_'))).toBe(true);
});
