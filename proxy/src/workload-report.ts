/** What one workload has to tell: the difference to what a stream was told before, or nothing. */
import type { PodReport, WorkloadReport } from '@rouse/contract';
import type { Pod } from './pod.ts';
import type { Workload } from './workload.ts';

/** What one stream was last told of one workload. */
export interface Told {
  demandMs: number;
  arrivals: number;
  completions: number;
  revision: number;
  epoch: number;
  generation: number;
  unreachable: boolean;
}

/** Of a workload the stream has never seen: everything is news, and its average counts from its own beginning. */
export function toldNothing(): Told {
  return { demandMs: 0, arrivals: 0, completions: 0, revision: 0, epoch: -1, generation: -1, unreachable: false };
}

export function remember(told: Told, workload: Workload): void {
  told.demandMs = workload.demandMs;
  told.arrivals = workload.arrivals;
  told.completions = workload.completions;
  told.revision = workload.revision;
  told.epoch = workload.epoch;
  told.generation = workload.generation;
  told.unreachable = workload.unreachable;
}

/** `demandMs` must be accrued up to now. */
export function hasSomethingToTell(workload: Workload, told: Told): boolean {
  return (
    workload.inFlight > 0 ||
    workload.held.count > 0 ||
    workload.demandMs !== told.demandMs ||
    workload.arrivals !== told.arrivals ||
    workload.completions !== told.completions ||
    workload.revision !== told.revision ||
    workload.generation !== told.generation ||
    workload.epoch !== told.epoch ||
    workload.unreachable ||
    told.unreachable ||
    workload.wake !== null ||
    workload.coldDone !== null ||
    workload.leaving.size > 0 ||
    hasDrainingPod(workload)
  );
}

/** Its acknowledgement has to be repeated, as an old one does not count. */
function hasDrainingPod(workload: Workload): boolean {
  for (const pod of workload.pods.values()) {
    if (pod.phase === 'armed' || pod.phase === 'closed' || pod.revoked) return true;
  }
  return false;
}

/** @param periodMs ms since the stream's previous report; 0 for the first one, whose average is the demand now */
export function reportWorkload(workload: Workload, told: Told, periodMs: number, nowMs: number): WorkloadReport {
  const { demand, wake, coldDone, unreachable } = workload;
  return {
    key: workload.key,
    generation: workload.generation,
    concurrency: periodMs > 0 ? (workload.demandMs - told.demandMs) / periodMs : demand,
    inFlight: workload.inFlight,
    held: workload.held.count,
    arrivals: workload.arrivals,
    completions: workload.completions,
    idleMs: demand > 0 ? 0 : workload.lastEndedMs === null ? null : nowMs - workload.lastEndedMs,
    pods: reportPods(workload, told.revision),
    ...(wake === null ? {} : { wake: { by: wake.by, agoMs: nowMs - wake.atMs } }),
    ...(coldDone === null ? {} : { coldStart: coldDone }),
    ...(unreachable ? { unreachable } : {}),
  };
}

function reportPods(workload: Workload, revision: number): PodReport[] {
  const reports: PodReport[] = [];
  for (const pod of workload.pods.values()) {
    // What only this proxy can know is repeated: the API says nothing of pods it found usable itself.
    const standing =
      pod.phase === 'armed' || pod.phase === 'closed' || pod.revoked || (pod.probe !== null && pod.probed);
    if (standing || pod.inFlight > 0 || pod.revision > revision) reports.push(reportPod(pod));
  }
  for (const pod of workload.leaving) reports.push(reportPod(pod));
  return reports;
}

function reportPod(pod: Pod): PodReport {
  return {
    uid: pod.uid,
    // A pod that left the table gets nothing any more, whatever its last phase was.
    phase: pod.removed ? 'closed' : pod.phase,
    inFlight: pod.inFlight,
    revoked: pod.revoked,
    usable: pod.usable,
  };
}
