/** What `rouse dev` shows once it is up: each workload with a command that works, and where to look. */
import type { WorkloadStatus } from '@rouse/contract';
import { formatTable } from '../table.ts';
import { curlLine } from './request-to-try.ts';

/** A workload on the terminal. */
export interface Greeted {
  readonly namespace: string;
  readonly name: string;
  /** Of the operator; null while it has not told of this one. */
  readonly status: WorkloadStatus | null;
  readonly path: string;
}

export interface Addresses {
  readonly domain: string;
  /** Ports of the proxies, the first one first. */
  readonly ports: readonly number[];
  readonly operatorUrl: string;
  readonly apiUrl: string;
}

/** Lines for the terminal: a table, a command for each workload, what is wrong with them, and the addresses. */
export function greetingLines(workloads: readonly Greeted[], addresses: Addresses): string[] {
  const { ports, operatorUrl, apiUrl } = addresses;
  const further = ports.slice(1).map((port) => `http://localhost:${port}`);
  return [
    '',
    ...(workloads.length === 0 ? ['No Deployment found in these paths; one that is added there shows up here.'] : []),
    ...workloadLines(workloads, addresses),
    '',
    `page     ${operatorUrl}/`,
    `kubectl  kubectl --server ${apiUrl} get pods -w`,
    ...(further.length === 0 ? [] : [`proxies  http://localhost:${ports[0]} ${further.join(' ')}`]),
    '',
  ];
}

/** Table, commands and problems of these workloads; empty for none. */
export function workloadLines(workloads: readonly Greeted[], addresses: Addresses): string[] {
  if (workloads.length === 0) return [];
  const rows = workloads.map((workload) => [
    shownName(workload),
    stateOf(workload),
    hostOf(workload, addresses.domain),
    targetOf(workload),
  ]);
  const reachable = workloads.filter(({ status }) => status === null || status.unmanaged === null);
  const faults = workloads.flatMap(({ status }) => (status === null ? [] : faultsOf(status).map(({ line }) => line)));
  return [
    ...formatTable(['WORKLOAD', 'STATE', 'HOST', 'TARGET'], rows),
    ...(reachable.length === 0 ? [] : ['']),
    ...reachable.map(
      (workload) => `  ${curlLine(hostOf(workload, addresses.domain), addresses.ports[0]!, workload.path)}`,
    ),
    ...(faults.length === 0 ? [] : ['']),
    ...faults,
  ];
}

/** Without its namespace where that is `default`. */
export function shownName({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return namespace === 'default' ? name : `${namespace}/${name}`;
}

function stateOf({ status }: Greeted): string {
  if (status === null) return 'starting';
  if (status.unmanaged !== null) return 'left alone';
  return status.blocked === null ? status.state : `${status.state} (${status.blocked.code})`;
}

/** A pattern with a path or a wildcard is no host to ask for. */
function hostOf({ namespace, name, status }: Greeted, domain: string): string {
  return status?.hosts.find((host) => /^[^*/]+$/.test(host)) ?? `${name}.${namespace}.${domain}`;
}

function targetOf({ status }: Greeted): string {
  if (status === null) return '-';
  const target = Math.round(status.target * 100) / 100;
  return `${target} ${status.metric === 'rps' ? 'requests/s' : 'at once'} per pod`;
}

export interface Fault {
  /** The same for as long as it is the same fault, though figures in its line count on. */
  readonly id: string;
  readonly line: string;
}

/** What keeps a workload from working as it is meant to. */
export function faultsOf(status: WorkloadStatus): Fault[] {
  const { unmanaged, blocked, problems } = status;
  const faults = [
    ...(unmanaged === null ? [] : [{ id: unmanaged, line: `left alone: ${unmanaged}` }]),
    ...(blocked === null ? [] : [{ id: blocked.code, line: `its pods cannot start: ${blocked.message}` }]),
    ...problems.map((problem) => ({ id: problem, line: problem })),
  ];
  return faults.map(({ id, line }) => ({ id, line: `${shownName(status)}: ${line}` }));
}
