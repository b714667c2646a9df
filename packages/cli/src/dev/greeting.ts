/** What `rouse dev` shows once it is up: each workload with a command that works, and where to look. */
import type { WorkloadStatus } from '@rouse/contract';
import { formatTable } from '../table.ts';

export interface Addresses {
  readonly domain: string;
  /** Of the first proxy. */
  readonly port: number;
  readonly operatorUrl: string;
  readonly apiUrl: string;
}

/** Lines for the terminal; without a workload they say what to annotate. */
export function greetingLines(workloads: readonly WorkloadStatus[], addresses: Addresses): string[] {
  const { domain, port, operatorUrl, apiUrl } = addresses;
  const host = (workload: WorkloadStatus) => workload.hosts[0] ?? `${workload.name}.${workload.namespace}.${domain}`;
  const rows = workloads.map((workload) => [
    workload.name,
    workload.blocked === null ? workload.state : `${workload.state} (${workload.blocked.code})`,
    host(workload),
    `${workload.target} ${workload.metric === 'rps' ? 'requests/s' : 'at once'} per pod`,
  ]);
  const table =
    rows.length === 0
      ? ['No Deployment found in these paths.']
      : formatTable(['WORKLOAD', 'STATE', 'HOST', 'TARGET'], rows);
  return [
    '',
    ...table,
    '',
    ...workloads.map((workload) => `  curl -H 'Host: ${host(workload)}' http://localhost:${port}/`),
    '',
    `page     ${operatorUrl}/`,
    `kubectl  kubectl --server ${apiUrl} get deploy,pods -w`,
    '',
  ];
}
