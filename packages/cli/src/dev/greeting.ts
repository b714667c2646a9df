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
    `kubectl  kubectl --server ${apiUrl} get deploy,pods -w`,
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
  const faults = workloads.flatMap((workload) => faultsOf(workload).map((fault) => `${shownName(workload)}: ${fault}`));
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

function shownName({ namespace, name }: Greeted): string {
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

function faultsOf({ status }: Greeted): readonly string[] {
  if (status === null) return [];
  return [
    ...(status.unmanaged === null ? [] : [`left alone: ${status.unmanaged}`]),
    ...(status.blocked === null ? [] : [status.blocked.message]),
    ...status.problems,
  ];
}
