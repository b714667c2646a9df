/** `rouse status`: one line per workload, with the columns of `kubectl get hpa` and what Rouse adds. */
import type { WorkloadStatus } from '@rouse/contract';
import { followEvents, getJson } from './operator-api.ts';
import { formatTable } from './table.ts';

export interface StatusOptions {
  readonly operator: string;
  readonly namespace?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

const header = ['NAME', 'STATE', 'TARGETS', 'MIN', 'MAX', 'REPLICAS', 'HELD', 'SLEEPS-IN'] as const;

/** Prints the table (or JSON), and with `watch` a line per change until interrupted. Exit code 0, or 1 when no operator answers. */
export async function status(options: StatusOptions, print: (line: string) => void): Promise<number> {
  const answer = await getJson<{ workloads: WorkloadStatus[] }>(options.operator, '/api/workloads');
  if (!answer.ok) {
    print(`error: ${answer.message}`);
    return 1;
  }
  const workloads = answer.value.workloads.filter((workload) => isShown(workload, options));
  if (options.json && !options.watch) print(JSON.stringify({ workloads }, null, 2));
  else if (!options.json) for (const line of statusLines(workloads)) print(line);
  if (options.watch) await watchStatus(options, print);
  return 0;
}

function isShown(workload: WorkloadStatus, options: StatusOptions): boolean {
  return options.namespace === undefined || workload.namespace === options.namespace;
}

async function watchStatus(options: StatusOptions, print: (line: string) => void): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const last = new Map<string, string>();
  await followEvents(options.operator, stop.signal, (event) => {
    const changed = event.type === 'snapshot' ? event.workloads : event.type === 'workload' ? [event.workload] : [];
    for (const workload of changed) {
      if (!isShown(workload, options)) continue;
      const line = options.json ? JSON.stringify(workload) : statusLines([workload])[1]!;
      const key = `${workload.namespace}/${workload.name}`;
      if (last.get(key) !== line && (event.type !== 'snapshot' || options.json)) print(line);
      last.set(key, line);
    }
  });
}

/** The table's lines, problems below it. */
export function statusLines(workloads: readonly WorkloadStatus[]): string[] {
  if (workloads.length === 0) {
    return ['No workloads. Annotate a Deployment with rouse.dev/enabled: "true" and it appears here.'];
  }
  const namespaces = new Set(workloads.map((workload) => workload.namespace));
  const named = (workload: WorkloadStatus) =>
    namespaces.size > 1 || !namespaces.has('default') ? `${workload.namespace}/${workload.name}` : workload.name;
  const rows = workloads.map((workload) => [
    named(workload),
    workload.blocked ? `${workload.state} (${workload.blocked.code})` : workload.state,
    `${workload.metric}: ${rounded(workload.observed)}/${rounded(workload.target)}`,
    String(workload.minScale),
    workload.maxScale === 0 ? '-' : String(workload.maxScale),
    `${workload.ready}/${workload.replicas}`,
    String(workload.held),
    formatSleepsIn(workload),
  ]);
  const notes = workloads.flatMap((workload) => [
    ...(workload.unmanaged === null ? [] : [`${named(workload)}: left alone: ${workload.unmanaged}`]),
    ...(workload.blocked === null ? [] : [`${named(workload)}: ${workload.blocked.code}: ${workload.blocked.message}`]),
    ...workload.problems.map((problem) => `${named(workload)}: ${problem}`),
  ]);
  return [...formatTable(header, rows), ...notes];
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function formatSleepsIn(workload: WorkloadStatus): string {
  if (workload.state === 'asleep' || workload.sleepsInMs === null) return '-';
  return `${Math.max(0, Math.ceil(workload.sleepsInMs / 1000))}s`;
}
