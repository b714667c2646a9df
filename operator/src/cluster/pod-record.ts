/** The little that is kept of a pod: hundreds of bytes of some kilobytes. */
import { isIP } from 'node:net';
import type { RawCondition, RawContainerStatus, RawPod } from './api-shapes.ts';
import { unixMs } from './api-shapes.ts';
import { type DeclaredPort, declaredPorts } from './declared-ports.ts';
import { type DeletionCost, deletionCostOf } from './deletion-cost.ts';
import { type ReadinessRule, readinessRule } from './readiness-rule.ts';

export interface ContainerRecord {
  readonly name: string;
  readonly init: boolean;
  readonly ready: boolean;
  readonly restarts: number;
  /** Unix ms of the start of the run that goes on; null while it does not run. */
  readonly startedMs: number | null;
  readonly waiting: { readonly reason: string; readonly message: string } | null;
  /** Exit code, reason and beginning of the message of the run that ended last, or of this one if it ended. */
  readonly lastExit: { readonly code: number; readonly reason: string; readonly message: string } | null;
  readonly terminated: boolean;
}

export interface PodRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly replicaSetUid: string;
  /** Unix ms. */
  readonly createdMs: number;
  readonly nodeName: string | null;
  readonly address: string | null;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly ready: boolean;
  /** Unix ms of the Ready condition's last change, either way. */
  readonly readyChangedMs: number | null;
  readonly deleted: boolean;
  readonly disrupted: boolean;
  /** The scheduler's message while it finds no node. */
  readonly unschedulable: string | null;
  readonly deletionCost: DeletionCost | null;
  readonly ports: readonly DeclaredPort[];
  readonly defaultContainer: string;
  readonly rule: ReadinessRule;
  readonly containers: readonly ContainerRecord[];
}

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;
/** A termination message may have 4 KiB; its beginning says what happened. */
const EXIT_MESSAGE_CHARS = 300;
const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** Null for a pod that no ReplicaSet controls. */
export function projectPod(raw: RawPod): PodRecord | null {
  const { metadata, spec, status } = raw;
  const owner = metadata.ownerReferences?.find((each) => each.controller === true && each.kind === 'ReplicaSet');
  if (owner === undefined || spec === undefined) return null;
  const condition = (type: string): RawCondition | undefined => status?.conditions?.find((each) => each.type === type);
  const ready = condition('Ready');
  const scheduled = condition('PodScheduled');
  const address = status?.podIP ?? '';
  const named = metadata.annotations?.[DEFAULT_CONTAINER];
  return {
    uid: metadata.uid,
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    replicaSetUid: owner.uid,
    createdMs: unixMs(metadata.creationTimestamp) ?? 0,
    nodeName: spec.nodeName || null,
    address: isIP(address) === 0 ? null : address,
    phase: PHASES.find((phase) => phase === status?.phase) ?? (status?.phase === undefined ? 'Pending' : 'Unknown'),
    ready: ready?.status === 'True',
    readyChangedMs: unixMs(ready?.lastTransitionTime),
    deleted: metadata.deletionTimestamp !== undefined,
    disrupted: condition('DisruptionTarget')?.status === 'True',
    unschedulable:
      scheduled?.status === 'False' && scheduled.reason === 'Unschedulable' ? (scheduled.message ?? '') : null,
    deletionCost: deletionCostOf(metadata),
    ports: declaredPorts(spec.containers),
    defaultContainer: spec.containers.find((each) => each.name === named)?.name ?? spec.containers[0]?.name ?? '',
    rule: readinessRule(spec),
    containers: [
      ...(status?.initContainerStatuses ?? []).map((each) => containerRecord(each, true)),
      ...(status?.containerStatuses ?? []).map((each) => containerRecord(each, false)),
    ],
  };
}

/** No new request goes there: it is on its way out or its run has ended. */
export function isTerminating(pod: PodRecord): boolean {
  return pod.deleted || pod.disrupted || pod.phase === 'Failed' || pod.phase === 'Succeeded';
}

function containerRecord(status: RawContainerStatus, init: boolean): ContainerRecord {
  const { waiting, running, terminated } = status.state ?? {};
  const exit = terminated ?? status.lastState?.terminated;
  return {
    name: status.name,
    init,
    ready: status.ready ?? false,
    restarts: status.restartCount ?? 0,
    startedMs: unixMs(running?.startedAt),
    waiting: waiting ? { reason: waiting.reason ?? '', message: waiting.message ?? '' } : null,
    lastExit: exit
      ? {
          code: exit.exitCode ?? 0,
          reason: exit.reason ?? '',
          message: (exit.message ?? '').slice(0, EXIT_MESSAGE_CHARS),
        }
      : null,
    terminated: terminated !== undefined,
  };
}
