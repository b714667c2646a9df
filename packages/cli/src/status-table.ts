/** Workloads as rows of `rouse status`, with the columns of `kubectl get hpa` and what Rouse adds. */
import type { WorkloadStatus } from '@rouse/contract';
import { formatTable } from './table.ts';

export const statusHeader = ['NAME', 'STATE', 'TARGETS', 'MIN', 'MAX', 'REPLICAS', 'HELD', 'SLEEPS-IN'] as const;

/** The table's lines, and below it what is wrong. @param withNamespace names as `namespace/name` */
export function statusLines(workloads: readonly WorkloadStatus[], withNamespace: boolean): string[] {
  if (workloads.length === 0) {
    return ['No workloads. Annotate a Deployment with rouse.dev/enabled: "true" and it appears here.'];
  }
  const notes = workloads.flatMap((workload) =>
    statusNotes(workload).map((note) => `${shownName(workload, withNamespace)}: ${note}`),
  );
  const rows = workloads.map((workload) => statusRow(workload, withNamespace));
  return [...formatTable(statusHeader, rows), ...(notes.length === 0 ? [] : ['', ...notes])];
}

/** Names need their namespace unless all are in `default`. */
export function needsNamespace(workloads: readonly WorkloadStatus[]): boolean {
  return workloads.some(({ namespace }) => namespace !== 'default');
}

export function statusRow(workload: WorkloadStatus, withNamespace: boolean): string[] {
  const state = workload.unmanaged === null ? workload.state : `${workload.state} (left alone)`;
  return [
    shownName(workload, withNamespace),
    workload.blocked === null ? state : `${workload.state} (${workload.blocked.code})`,
    `${workload.metric}: ${rounded(workload.observed)}/${rounded(workload.target)}`,
    String(workload.minScale),
    workload.maxScale === 0 ? '-' : String(workload.maxScale),
    `${workload.ready}/${workload.replicas}`,
    String(workload.held),
    workload.sleepsInMs === null ? '-' : `${Math.max(0, Math.ceil(workload.sleepsInMs / 1000))}s`,
  ];
}

export function statusNotes(workload: WorkloadStatus): string[] {
  const { unmanaged, blocked, problems } = workload;
  return [
    ...(unmanaged === null ? [] : [`left alone: ${unmanaged}`]),
    ...(blocked === null ? [] : [`${blocked.code}: ${blocked.message}`]),
    ...problems,
  ];
}

export function shownName({ namespace, name }: WorkloadStatus, withNamespace: boolean): string {
  return withNamespace ? `${namespace}/${name}` : name;
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}
