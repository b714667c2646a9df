/** The row of a Pod: READY, STATUS, RESTARTS and AGE worked out as upstream's printer does. */
import { dig, isObject } from './json.ts';
import type { ContainerStatus, KubeObject, Pod } from './objects.ts';
import { age, type Cell, type Column, column } from './table-cells.ts';

export const podColumns: readonly Column[] = [
  column('Name', { format: 'name' }),
  column('Ready'),
  column('Status'),
  column('Restarts'),
  column('Age'),
  column('IP', { priority: 1 }),
  column('Node', { priority: 1 }),
  column('Nominated Node', { priority: 1 }),
  column('Readiness Gates', { priority: 1 }),
];

function containerReason(status: ContainerStatus): string | undefined {
  const waiting = dig(status.state, 'waiting', 'reason');
  if (typeof waiting === 'string' && waiting !== '') return waiting;
  const terminated = dig(status.state, 'terminated');
  if (!isObject(terminated)) return undefined;
  if (typeof terminated.reason === 'string' && terminated.reason !== '') return terminated.reason;
  const signal = terminated.signal;
  return typeof signal === 'number' && signal !== 0
    ? `Signal:${signal}`
    : `ExitCode:${String(terminated.exitCode ?? 0)}`;
}

function initReason(pod: Pod): string | undefined {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const total = pod.spec.initContainers?.length ?? 0;
  for (const [index, status] of statuses.entries()) {
    const terminated = dig(status.state, 'terminated');
    if (isObject(terminated) && terminated.exitCode === 0) continue;
    const reason = containerReason(status);
    if (isObject(terminated)) return `Init:${reason ?? 'Error'}`;
    return reason && reason !== 'PodInitializing' ? `Init:${reason}` : `Init:${index}/${total}`;
  }
  return undefined;
}

/** The STATUS column. */
export function podStatus(pod: Pod): string {
  const statuses = pod.status?.containerStatuses ?? [];
  let reason = pod.status?.reason ?? pod.status?.phase ?? 'Unknown';
  const init = initReason(pod);
  if (init) reason = init;
  else {
    let running = false;
    for (const status of [...statuses].reverse()) {
      reason = containerReason(status) ?? reason;
      if (status.ready && isObject(dig(status.state, 'running'))) running = true;
    }
    if (reason === 'Completed' && running) {
      const ready = pod.status?.conditions?.some((entry) => entry.type === 'Ready' && entry.status === 'True');
      reason = ready ? 'Running' : 'NotReady';
    }
  }
  if (!pod.metadata.deletionTimestamp) return reason;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' ? reason : 'Terminating';
}

function restarts(statuses: readonly ContainerStatus[], nowMs: number): string {
  const count = statuses.reduce((sum, status) => sum + (status.restartCount ?? 0), 0);
  const finished = statuses
    .map((status) => dig(status.lastState, 'terminated', 'finishedAt'))
    .filter((at) => typeof at === 'string')
    .sort();
  const last = finished.at(-1);
  return count > 0 && last ? `${count} (${age(last, nowMs)} ago)` : String(count);
}

export function podCells(object: KubeObject, nowMs: number): readonly Cell[] {
  const pod = object as Pod;
  const statuses = pod.status?.containerStatuses ?? [];
  const total = pod.spec.containers.length;
  const gates = pod.spec.readinessGates ?? [];
  const passed = gates.filter((gate) =>
    pod.status?.conditions?.some((entry) => entry.type === gate.conditionType && entry.status === 'True'),
  ).length;
  return [
    pod.metadata.name,
    `${statuses.filter((status) => status.ready).length}/${total}`,
    podStatus(pod),
    restarts(statuses, nowMs),
    age(pod.metadata.creationTimestamp, nowMs),
    pod.status?.podIP || '<none>',
    pod.spec.nodeName || '<none>',
    '<none>',
    gates.length > 0 ? `${passed}/${gates.length}` : '<none>',
  ];
}
