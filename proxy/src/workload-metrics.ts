/**
 * The metrics of each workload as Prometheus text, made in short turns of the event loop: with thousands of workloads a
 * scrape must not hold up requests.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type Metric, type PodPhase, proxyMetrics } from '@rouse/contract';
import type { Workload } from './workload.ts';

/** Adds a series. @param labels further ones, each as `,name="value"` @param suffix of the metric's name */
type Add = (value: number, labels?: string, suffix?: string) => void;
type Series = (workload: Workload, add: Add) => void;

const PHASES: readonly PodPhase[] = ['starting', 'ready', 'armed', 'closed'];
/** About a millisecond's work. */
const LINES_PER_TURN = 2_000;

const one = (value: (workload: Workload) => number): Series => {
  return (workload, add) => add(value(workload));
};

const series = {
  requests: ({ counters }, add) => {
    for (const [hundreds, count] of counters.answers.entries()) if (count > 0) add(count, `,class="${hundreds}xx"`);
  },
  failures: ({ counters }, add) => {
    for (const [code, count] of counters.refusals) add(count, `,code="${code}"`);
  },
  quiet: one(({ counters }) => counters.quiet),
  wakes: one(({ counters }) => counters.wakes),
  retries: one(({ counters }) => counters.retries),
  clientGone: one(({ counters }) => counters.clientsGone),
  cut: one(({ counters }) => counters.cut),
  revocations: one(({ counters }) => counters.revocations),
  inFlight: one(({ inFlight }) => inFlight),
  held: one(({ held }) => held.count),
  holdSeconds: holdTimes,
  pods: ({ pods }, add) => {
    for (const phase of PHASES) {
      let count = 0;
      for (const pod of pods.values()) if (pod.phase === phase) count++;
      add(count, `,phase="${phase}"`);
    }
  },
} as const satisfies Partial<Record<keyof typeof proxyMetrics, Series>>;

/** Names of the metrics that are given here, as in the contract's list. */
export const perWorkload = Object.keys(series) as readonly (keyof typeof series)[];

/** Workloads in which nobody ever waited are left out. */
function holdTimes({ counters }: Workload, add: Add): void {
  const count = counters.holds.reduce((sum, each) => sum + each, 0);
  if (count === 0) return;
  let upTo = 0;
  for (const [index, each] of counters.holds.entries()) {
    upTo += each;
    add(upTo, `,le="${proxyMetrics.holdSeconds.buckets[index] ?? '+Inf'}"`, '_bucket');
  }
  add(counters.holdSumS, '', '_sum');
  add(count, '', '_count');
}

/**
 * Every metric of `perWorkload` in the text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format), in pieces: one long string would be
 * put together and encoded in one turn in the end.
 * @param unrouted requests refused without a workload: `failures` counts them under empty names
 */
export async function workloadMetrics(workloads: Iterable<Workload>, unrouted: number): Promise<Buffer[]> {
  const all = [...workloads];
  const pieces: Buffer[] = [];
  let text = '';
  let lines = 0;
  for (const key of perWorkload) {
    const { name, help, type }: Metric = proxyMetrics[key];
    text += `\n# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    if (key === 'failures') text += `${name}{namespace="",name="",code="no-route"} ${unrouted}\n`;
    for (const workload of all) {
      // Names are checked where they come in: nothing in them has to be escaped.
      const names = `namespace="${workload.namespace}",name="${workload.name}"`;
      series[key](workload, (value, labels = '', suffix = '') => {
        text += `${name}${suffix}{${names}${labels}} ${value}\n`;
        lines++;
      });
      if (lines < LINES_PER_TURN) continue;
      pieces.push(Buffer.from(text));
      text = '';
      lines = 0;
      await turn();
    }
  }
  pieces.push(Buffer.from(text));
  return pieces;
}
