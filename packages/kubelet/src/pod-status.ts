/** The status a kubelet writes for a pod, from the states of its containers. */
import type { ContainerStatus, Pod, PodCondition, PodStatus } from './pod.ts';

export interface PodStatusInput {
  /** The newest known: its conditions keep their transition times, and those of others are kept as they are. */
  readonly pod: Pod;
  readonly containers: readonly ContainerStatus[];
  readonly podIp: string;
  readonly hostIp: string;
  /** RFC 3339; when this kubelet took the pod. */
  readonly startTime: string;
  /** RFC 3339. */
  readonly now: string;
  /** Asked to go: no longer ready, whatever its containers say. */
  readonly terminating: boolean;
  /** Asked to go, and every container has ended: the phase becomes final. */
  readonly ended: boolean;
}

/** Phase, addresses, conditions and container statuses (kubelet: generateAPIPodStatus). */
export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, podIp, hostIp } = input;
  const containers = input.terminating ? input.containers.map((each) => ({ ...each, ready: false })) : input.containers;
  const phase = phaseOf(input);
  return {
    phase,
    conditions: conditions(input, containers, phase),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    startTime: pod.status?.startTime ?? input.startTime,
    containerStatuses: containers,
  };
}

type Phase = NonNullable<PodStatus['phase']>;

/** kubelet: getPhase. A container in back-off counts as stopped, not as waiting. */
function phaseOf({ pod, containers, ended }: PodStatusInput): Phase {
  const policy = pod.spec.restartPolicy ?? 'Always';
  const exits = containers.map((each) => each.state.terminated ?? each.lastState.terminated);
  const failed = exits.some((each) => each !== undefined && each.exitCode !== 0);
  if (ended) return failed ? 'Failed' : 'Succeeded';
  if (containers.some((each, at) => each.state.waiting !== undefined && exits[at] === undefined)) return 'Pending';
  if (policy === 'Always' || containers.some((each) => each.state.terminated === undefined)) return 'Running';
  if (!failed) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

function conditions(input: PodStatusInput, containers: readonly ContainerStatus[], phase: Phase): PodCondition[] {
  const known = input.pod.status?.conditions ?? [];
  const unready = containers.filter((each) => !each.ready).map((each) => each.name);
  const containersReady: PodCondition =
    phase === 'Succeeded'
      ? { type: 'ContainersReady', status: 'False', reason: 'PodCompleted' }
      : phase === 'Failed'
        ? { type: 'ContainersReady', status: 'False', reason: 'PodFailed' }
        : unready.length > 0
          ? {
              type: 'ContainersReady',
              status: 'False',
              reason: 'ContainersNotReady',
              message: `containers with unready status: [${unready.join(' ')}]`,
            }
          : { type: 'ContainersReady', status: 'True' };
  const own: PodCondition[] = [
    { type: 'PodReadyToStartContainers', status: input.ended ? 'False' : 'True' },
    { type: 'Initialized', status: 'True' },
    readyCondition(input.pod, containersReady, known),
    containersReady,
  ];
  const types = new Set(own.map((each) => each.type));
  return [...own.map((each) => withTimes(each, known, input.now)), ...known.filter((each) => !types.has(each.type))];
}

/** Ready when all containers are, and every readiness gate's condition (written by others) is True. */
function readyCondition(pod: Pod, containersReady: PodCondition, known: readonly PodCondition[]): PodCondition {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' };
  const closed = (pod.spec.readinessGates ?? []).filter(
    (gate) => known.find((each) => each.type === gate.conditionType)?.status !== 'True',
  );
  if (closed.length === 0) return { type: 'Ready', status: 'True' };
  const message = closed
    .map((gate) => `the status of pod readiness gate "${gate.conditionType}" is not "True"`)
    .join(', ');
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message };
}

/** A condition's transition time moves only with its status. */
function withTimes(condition: PodCondition, known: readonly PodCondition[], now: string): PodCondition {
  const before = known.find((each) => each.type === condition.type);
  const unchanged = before !== undefined && before.status === condition.status;
  return {
    ...condition,
    lastProbeTime: null,
    lastTransitionTime: (unchanged ? before.lastTransitionTime : now) ?? now,
  };
}
