/** `rouse why NAME`: the chain of rules behind the last decision in plain words, and the annotation that would change it. */
import type { DecisionRecord, WorkloadStatus } from '@rouse/contract';
import { getJson } from './operator-api.ts';

export interface WhyOptions {
  readonly operator: string;
  readonly namespace: string;
  readonly json?: boolean;
  /** How many decisions back, 1 = the last. */
  readonly last?: number;
}

/** Prints the explanation. Exit code 0; 1 when the workload or the operator is not there. */
export async function why(name: string, options: WhyOptions, print: (line: string) => void): Promise<number> {
  const [namespace, bare] = name.includes('/') ? (name.split('/', 2) as [string, string]) : [options.namespace, name];
  const path = `/api/workloads/${encodeURIComponent(namespace)}/${encodeURIComponent(bare)}`;
  const status = await getJson<WorkloadStatus>(options.operator, path);
  const decisions = await getJson<{ decisions: DecisionRecord[] }>(options.operator, `${path}/decisions`);
  if (!status.ok || !decisions.ok) {
    print(`error: ${!status.ok ? status.message : !decisions.ok ? decisions.message : ''}`);
    return 1;
  }
  const records = decisions.value.decisions.slice(-(options.last ?? 1));
  if (options.json) print(JSON.stringify({ workload: status.value, decisions: records }, null, 2));
  else for (const line of whyLines(status.value, records)) print(line);
  return 0;
}

/** The explanation's lines: where it stands, then each decision's rules, oldest first. */
export function whyLines(workload: WorkloadStatus, records: readonly DecisionRecord[]): string[] {
  const lines = [standing(workload)];
  if (workload.unmanaged !== null) lines.push(`Rouse leaves it alone: ${workload.unmanaged}.`);
  if (workload.blocked !== null)
    lines.push(`Its pods cannot start (${workload.blocked.code}): ${workload.blocked.message}`);
  for (const problem of workload.problems) lines.push(`Problem: ${problem}`);
  if (records.length === 0) lines.push('No decision yet: its replicas are as they were found.');
  for (const record of records) lines.push('', ...recordLines(record));
  const annotation = records.at(-1)?.steps.findLast((step) => step.annotation !== undefined)?.annotation;
  if (annotation !== undefined) lines.push('', `To change this, set the annotation ${annotation} on the Deployment.`);
  return lines;
}

function standing(workload: WorkloadStatus): string {
  const sleeps =
    workload.sleepsInMs === null
      ? ''
      : `; goes to sleep in ${Math.ceil(workload.sleepsInMs / 1000)} s if nothing arrives`;
  return (
    `${workload.namespace}/${workload.name} is ${workload.state}: ${workload.ready} of ${workload.replicas} ready, ` +
    `${workload.inFlight} in flight, ${workload.held} held${sleeps}.`
  );
}

function recordLines(record: DecisionRecord): string[] {
  const inputs = Object.entries(record.inputs).map(([name, value]) => `${name} ${value}`);
  return [
    `${record.at}  ${record.from} → ${record.to}  (${record.cause}; ${inputs.join(', ')})`,
    ...record.steps.map((step) => `  ${step.before} → ${step.after}  ${step.rule}: ${step.why}`),
  ];
}
