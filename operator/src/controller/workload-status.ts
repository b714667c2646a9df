/** A workload as API, page and command line show it. */
import {
  AUTOSCALER_CLASS_KEY,
  formatProblem,
  type WorkloadKey,
  type WorkloadState,
  type WorkloadStatus,
} from '@rouse/contract';
import type { Decision } from '../autoscale/scaler.ts';
import type { Conflict, ObservedAutoscaler, ObservedWorkload } from '../cluster/observed-workload.ts';
import type { MemberView } from '../members/member.ts';

export interface Demand {
  readonly inFlight: number;
  readonly held: number;
}

/** Over all proxies; a workload that a report leaves out has none there. */
export function demandNow(members: readonly MemberView[], key: WorkloadKey): Demand {
  let inFlight = 0;
  let held = 0;
  for (const member of members) {
    const seen = member.workload(key);
    if (seen?.current !== true) continue;
    inFlight += seen.report.inFlight;
    held += seen.report.held;
  }
  return { inFlight, held };
}

export interface StatusInputs {
  readonly observed: ObservedWorkload;
  /** `spec.replicas`, our own newest write included. */
  readonly replicas: number;
  readonly state: WorkloadState;
  /** Rouse decides its replicas. */
  readonly managed: boolean;
  /** As the proxies' newest reports have it. */
  readonly demand: Demand;
  /** The newest decision; null before the first. */
  readonly decision: Decision | null;
  /** When it was made, ms of the monotonic clock: the countdown to sleep goes on from there. */
  readonly decidedAtMs: number;
  readonly nowMs: number;
  /** Newest record that moved the count. */
  readonly lastDecision: WorkloadStatus['lastDecision'];
  readonly desired: number | null;
  /** Target per pod, utilization included. */
  readonly target: number;
  /** Public address of the proxies, e.g. `http://localhost:8080`; null where nobody told. */
  readonly proxyUrl: string | null;
}

export function workloadStatus(inputs: StatusInputs): WorkloadStatus {
  const { observed, decision } = inputs;
  const { settings } = observed;
  const sleepsInMs = decision?.sleep.sleepsInMs ?? null;
  const host = observed.hosts[0];
  return {
    namespace: observed.namespace,
    name: observed.name,
    state: inputs.state,
    unmanaged: inputs.managed ? null : observed.modeReason,
    desired: inputs.desired,
    replicas: inputs.replicas,
    ready: readyPods(observed),
    held: inputs.demand.held,
    inFlight: inputs.demand.inFlight,
    rps: decision?.rps ?? 0,
    metric: settings.metric,
    observed: decision?.observed ?? 0,
    target: inputs.target,
    minScale: settings.minScale,
    maxScale: settings.maxScale,
    hosts: observed.hosts,
    url: inputs.proxyUrl === null || host === undefined ? null : withHost(inputs.proxyUrl, host),
    sleepsInMs: sleepsInMs === null ? null : Math.max(0, sleepsInMs - (inputs.nowMs - inputs.decidedAtMs)),
    blocked: observed.blocked,
    problems: problemLines(observed),
    lastDecision: inputs.lastDecision,
  };
}

/** The workload's own host at the proxies' scheme and port: it works wherever that host resolves to them. */
function withHost(proxyUrl: string, host: string): string {
  const url = new URL(proxyUrl);
  return `${url.protocol}//${host}${url.port === '' ? '' : `:${url.port}`}/`;
}

/** Ready by the API and not leaving; of a workload that is left alone no pods are watched, only counted. */
export function readyPods(observed: ObservedWorkload): number {
  if (observed.mode === 'left-alone') return observed.readyReplicas;
  let ready = 0;
  for (const pod of observed.pods) if (pod.ready && !pod.terminating) ready++;
  return ready;
}

function problemLines({ problems, conflict, hpa }: ObservedWorkload): string[] {
  const lines = problems.map(formatProblem);
  if (conflict !== null) lines.push(conflictLine(conflict));
  if (hpa !== null) lines.push(hpaLine(hpa));
  return lines;
}

export function conflictLine({ manager, value, reverts }: Conflict): string {
  return (
    `spec.replicas: ${manager} set it back to ${value} ${reverts} times; Rouse has stopped scaling for ten minutes. ` +
    `Remove spec.replicas from what ${manager} applies.`
  );
}

export function hpaLine({ name, inferenceService }: ObservedAutoscaler): string {
  const remove =
    inferenceService === null
      ? 'Delete it'
      : `Annotate InferenceService ${inferenceService} with ${AUTOSCALER_CLASS_KEY}: external, then KServe deletes it`;
  return `HorizontalPodAutoscaler ${name} scales it too. ${remove}, or set rouse.dev/enabled: "false".`;
}
