/** `rouse why NAME`: why a workload has the replicas it has. */
import type { DecisionRecord, WorkloadStatus } from '@rouse/contract';
import { getJson } from './operator-api.ts';
import type { Output } from './output.ts';
import { whyLines } from './why-lines.ts';

export interface WhyOptions {
  readonly operator: string;
  readonly namespace: string;
  readonly json?: boolean;
  /** How many decisions back, 1 = the last. */
  readonly last: number;
}

/** Prints the explanation. Exit code 0; 1 when the workload or the operator is not there. */
export async function why(name: string, options: WhyOptions, output: Output): Promise<number> {
  const slash = name.indexOf('/');
  const namespace = slash === -1 ? options.namespace : name.slice(0, slash);
  const path = `/api/workloads/${encodeURIComponent(namespace)}/${encodeURIComponent(name.slice(slash + 1))}`;
  const status = await getJson<WorkloadStatus>(options.operator, path);
  if (!status.ok) return failed(status.message);
  const decisions = await getJson<{ decisions: DecisionRecord[] }>(options.operator, `${path}/decisions`);
  if (!decisions.ok) return failed(decisions.message);
  const records = decisions.value.decisions.slice(-options.last);
  if (options.json) output.print(JSON.stringify({ workload: status.value, decisions: records }, null, 2));
  else for (const line of whyLines(status.value, records, Date.now())) output.print(line);
  return 0;

  function failed(message: string): number {
    output.complain(`error: ${message}`);
    return 1;
  }
}
