/** `rouse status --watch`: the table, then a line for each change, as `kubectl get -w` does. */
import type { WorkloadStatus } from '@rouse/contract';
import { followEvents } from './operator-api.ts';
import type { Output } from './output.ts';
import { needsNamespace, shownName, statusHeader, statusNotes, statusRow } from './status-table.ts';
import { columnWidths, formatRow } from './table.ts';

export interface WatchOptions {
  readonly operator: string;
  /** A JSON object a line. */
  readonly json: boolean;
  readonly isShown: (workload: { readonly namespace: string }) => boolean;
}

/** Widest values that are likely later, so that columns stay where they are. */
const roomToGrow = ['', 'asleep', 'concurrency: 00.0/100', '', '', '10/10', '', ''];

/** @param first what the operator just answered */
export async function watchStatus(
  first: readonly WorkloadStatus[],
  options: WatchOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const withNamespace = needsNamespace(first);
  const widths = columnWidths([
    statusHeader,
    roomToGrow,
    ...first.map((workload) => statusRow(workload, withNamespace)),
  ]);
  const last = new Map<string, string>();
  const noted = new Set<string>();
  let isDown = false;

  function show(workload: WorkloadStatus): void {
    const key = `${workload.namespace}/${workload.name}`;
    const fingerprint = JSON.stringify(
      options.json ? countdownAside(workload) : statusRow(countdownAside(workload), true),
    );
    const isNew = last.get(key) !== fingerprint;
    last.set(key, fingerprint);
    if (options.json) {
      if (isNew) output.print(JSON.stringify(workload));
      return;
    }
    if (isNew) output.print(formatRow(statusRow(workload, withNamespace), widths));
    for (const note of statusNotes(workload)) {
      const line = `${shownName(workload, withNamespace)}: ${note}`;
      if (!noted.has(line)) output.complain(line);
      noted.add(line);
    }
  }

  if (!options.json) output.print(formatRow(statusHeader, widths));
  for (const workload of first) show(workload);
  await followEvents(options.operator, signal, {
    onEvent(event) {
      if (isDown) output.complain('operator is back');
      isDown = false;
      if (event.type === 'snapshot') {
        for (const workload of event.workloads) if (options.isShown(workload)) show(workload);
      }
      if (event.type === 'workload' && options.isShown(event.workload)) show(event.workload);
      if (event.type === 'removed' && last.delete(`${event.namespace}/${event.name}`)) {
        const { namespace, name } = event;
        const line = `${withNamespace ? `${namespace}/` : ''}${name} is gone`;
        if (options.json) output.print(JSON.stringify({ namespace, name, removed: true }));
        else output.print(line);
      }
    },
    onDown() {
      isDown = true;
      output.complain(`operator at ${options.operator} is gone, waiting for it`);
    },
  });
}

/** The countdown alone is no change, its beginning and end are. */
function countdownAside(workload: WorkloadStatus): WorkloadStatus {
  return { ...workload, sleepsInMs: workload.sleepsInMs === null ? null : 0 };
}
