/** Applies a pushed workload entry over what is there: pods keep connections, requests and probe success; settings are replaced. */
import type { PodEntry, WorkloadEntry } from '@rouse/contract';
import { notePodSeen, notePodUsable } from './cold-start.ts';
import type { Pod } from './pod.ts';
import type { Workload } from './workload.ts';

export interface Applied {
  /** The same patterns in another order count as a change. */
  readonly routesChanged: boolean;
  /** A pod became usable, was armed or closed, or left with requests on it. */
  readonly news: boolean;
}

/** @param makePod for a uid, or an address of it, not seen before */
export function applyEntry(
  workload: Workload,
  entry: WorkloadEntry,
  epoch: number,
  nowMs: number,
  makePod: (entry: PodEntry, workload: Workload) => Pod,
): Applied {
  const newer = workload.epoch !== epoch || workload.generation !== entry.generation;
  const routesChanged = workload.routes.join() !== entry.routes.join();
  const wasPodless = workload.podless;
  workload.epoch = epoch;
  workload.generation = entry.generation;
  workload.removed = false;
  workload.limits = entry.limits;
  workload.quiet = entry.quiet;
  workload.quietStatus = entry.quietStatus;
  workload.waitingPage = entry.waitingPage;
  workload.alarm = entry.alarm;
  // Nobody waits any more: what comes next begins anew.
  if (entry.state === 'asleep' && workload.state !== 'asleep') workload.wakingSinceMs = 0;
  workload.state = entry.state;
  workload.blocked = entry.blocked;
  workload.routes = entry.routes;

  const before = workload.revision;
  const gone = new Map(workload.pods);
  for (const podEntry of entry.pods) {
    gone.delete(podEntry.uid);
    applyPod(workload, podEntry, newer, makePod);
  }
  for (const pod of gone.values()) removePod(workload, pod);
  if (workload.pods.size > 0) notePodSeen(workload, nowMs);
  workload.refresh();
  if (wasPodless && !workload.podless) notePodUsable(workload, nowMs);
  return { routesChanged, news: workload.revision !== before };
}

function applyPod(
  workload: Workload,
  entry: PodEntry,
  newer: boolean,
  makePod: (entry: PodEntry, workload: Workload) => Pod,
) {
  const known = workload.pods.get(entry.uid) ?? comeBack(workload, entry);
  if (known !== undefined && known.address === entry.address && known.port === entry.port) {
    if (!newer && known.pushedPhase === entry.phase && sameProbe(known.probe, entry.probe)) return;
    const { usable, phase, revoked } = known;
    known.apply(entry, false);
    known.connections.draining = known.phase === 'closed';
    if (known.usable !== usable || known.phase !== phase || known.revoked !== revoked) workload.touch(known);
    return;
  }
  if (known !== undefined) removePod(workload, known);
  const pod = makePod(entry, workload);
  pod.apply(entry, true);
  pod.connections.draining = pod.phase === 'closed';
  workload.pods.set(pod.uid, pod);
  if (pod.usable || pod.phase === 'armed' || pod.phase === 'closed') workload.touch(pod);
}

function sameProbe(one: PodEntry['probe'], other: PodEntry['probe']): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** A pod that had left the table, is in it again, and still runs requests. */
function comeBack(workload: Workload, entry: PodEntry): Pod | undefined {
  for (const pod of workload.leaving) {
    if (pod.uid !== entry.uid || pod.address !== entry.address || pod.port !== entry.port) continue;
    workload.leaving.delete(pod);
    workload.pods.set(pod.uid, pod);
    pod.removed = false;
    return pod;
  }
  return undefined;
}

/** No new request; what runs on it may finish. */
export function removePod(workload: Workload, pod: Pod): void {
  workload.pods.delete(pod.uid);
  pod.removed = true;
  pod.connections.draining = true;
  if (pod.inFlight > 0) {
    workload.leaving.add(pod);
    workload.touch(pod);
  }
}
