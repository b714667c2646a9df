/** `rouse status`: one line per workload. */
import type { WorkloadStatus } from '@rouse/contract';
import { getJson } from './operator-api.ts';
import type { Output } from './output.ts';
import { needsNamespace, statusLines } from './status-table.ts';
import { watchStatus } from './watch-status.ts';

export interface StatusOptions {
  readonly operator: string;
  readonly namespace?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

/**
 * Prints the table (or JSON), and with `watch` a line per change until `signal` aborts.
 * Exit code 0, or 1 when no operator answers.
 */
export async function status(options: StatusOptions, output: Output, signal: AbortSignal): Promise<number> {
  const answer = await getJson<{ workloads: WorkloadStatus[] }>(options.operator, '/api/workloads');
  if (!answer.ok) {
    output.complain(`error: ${answer.message}`);
    return 1;
  }
  const isShown = ({ namespace }: { readonly namespace: string }): boolean =>
    options.namespace === undefined || namespace === options.namespace;
  const workloads = answer.value.workloads.filter(isShown);
  if (options.watch) {
    const { operator, json = false } = options;
    await watchStatus(workloads, { operator, json, isShown }, output, signal);
  } else if (options.json) output.print(JSON.stringify({ workloads }, null, 2));
  else for (const line of statusLines(workloads, needsNamespace(workloads))) output.print(line);
  return 0;
}
