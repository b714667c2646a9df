import { proxyMetrics } from '@rouse/contract';
import { expect, test } from 'vitest';
import { Workload } from './workload.ts';
import { perWorkload, workloadMetrics } from './workload-metrics.ts';

function workloads(count: number): Workload[] {
  return Array.from({ length: count }, (_, index) => new Workload(`default/w${index}`, 0));
}

async function scraped(all: readonly Workload[], unrouted = 0): Promise<string> {
  return Buffer.concat(await workloadMetrics(all, unrouted)).toString();
}

test('each metric comes once, with its help and type, and all of its series right behind', async () => {
  const [first, second] = workloads(2);
  first!.counters.answers[2] = 7;
  first!.counters.refused('queue-full');
  second!.counters.refused('no-pod');
  second!.counters.held(20);
  const text = await scraped([first!, second!], 3);
  const blocks = text.split('\n\n').map((block) => block.trim().split('\n'));
  expect(blocks).toHaveLength(perWorkload.length);
  for (const [index, key] of perWorkload.entries()) {
    const [help, type, ...series] = blocks[index]!;
    const { name } = proxyMetrics[key];
    expect(help).toBe(`# HELP ${name} ${proxyMetrics[key].help}`);
    expect(type).toBe(`# TYPE ${name} ${proxyMetrics[key].type}`);
    for (const line of series) expect(line).toMatch(new RegExp(`^${name}(_bucket|_sum|_count)?\\{.*\\} [0-9.]+$`));
    expect(new Set(series).size).toBe(series.length);
  }
  expect(text).toContain('rouse_proxy_requests_total{namespace="default",name="w0",class="2xx"} 7');
  expect(text).toContain('rouse_proxy_failures_total{namespace="",name="",code="no-route"} 3');
  expect(text).toContain('rouse_proxy_failures_total{namespace="default",name="w1",code="no-pod"} 1');
});

test('the buckets of the time requests waited add up, and whoever never waited has none', async () => {
  const [first, second] = workloads(2);
  for (const ms of [3, 30, 30, 400_000]) first!.counters.held(ms);
  const text = await scraped([first!, second!]);
  const bucket = (le: string) => `rouse_proxy_hold_seconds_bucket{namespace="default",name="w0",le="${le}"}`;
  for (const line of [`${bucket('0.005')} 1`, `${bucket('0.05')} 3`, `${bucket('300')} 3`, `${bucket('+Inf')} 4`]) {
    expect(text).toContain(`${line}\n`);
  }
  expect(text).toContain('rouse_proxy_hold_seconds_count{namespace="default",name="w0"} 4\n');
  expect(text).not.toContain('hold_seconds_count{namespace="default",name="w1"}');
});

test('what is told of thousands of workloads is made in many turns of the event loop', async () => {
  let turns = 0;
  let ended = false;
  const count = (): void => {
    turns++;
    if (!ended) setImmediate(count);
  };
  const all = workloads(5_000);
  for (const { counters } of all) counters.held(30);
  setImmediate(count);
  const text = await scraped(all);
  ended = true;
  const lines = text.split('\n').length;
  expect(lines).toBeGreaterThan(100_000);
  expect(turns).toBeGreaterThan(lines / 3_000);
});
