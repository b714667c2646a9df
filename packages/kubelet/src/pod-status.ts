/** The status a kubelet writes for a pod, from the states of its containers. */
import type { ContainerStatus, Pod, PodCondition, PodStatus } from './pod.ts';

export interface PodStatusInput {
  /** The newest known: its conditions keep their transition times, and those of others are kept as they are. */
  readonly pod: Pod;
  /** As this kubelet made them last, written or not: their transition times are kept before all others. */
  readonly made?: readonly PodCondition[];
  readonly containers: readonly ContainerStatus[];
  /** Init containers, sidecars included. */
  readonly initContainers?: readonly ContainerStatus[];
  /** Names of init containers that must still end (sidecars: start) before the others do. */
  readonly uninitialized?: readonly string[];
  /** False before the node knows of anything that runs: no address yet, and all containers are being created. */
  readonly published?: boolean;
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
  const { pod, podIp, hostIp, published = true } = input;
  const seen = published ? input : unpublished(input);
  const containers = seen.terminating ? seen.containers.map((each) => ({ ...each, ready: false })) : seen.containers;
  const initContainers = seen.initContainers ?? [];
  const phase = phaseOf(seen);
  const generation = pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation };
  return {
    ...generation,
    phase,
    conditions: conditions(seen, containers, phase).map((each) =>
      OWN_CONDITIONS.has(each.type) ? { ...each, ...generation } : each,
    ),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(published ? { podIP: podIp, podIPs: [{ ip: podIp }] } : {}),
    startTime: pod.status?.startTime ?? input.startTime,
    ...(initContainers.length === 0 ? {} : { initContainerStatuses: initContainers }),
    containerStatuses: containers,
  };
}

const OWN_CONDITIONS = new Set(['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady']);

/** What a kubelet writes when it takes a pod, before it has seen anything of it run. */
function unpublished(input: PodStatusInput): PodStatusInput {
  const { initContainers = [], containers } = input;
  const reason = initContainers.length > 0 ? 'PodInitializing' : 'ContainerCreating';
  const hidden = (each: ContainerStatus): ContainerStatus => {
    const { containerID: _unknown, ...rest } = each;
    return { ...rest, ready: false, started: false, state: { waiting: { reason } }, restartCount: 0, lastState: {} };
  };
  return {
    ...input,
    containers: containers.map(hidden),
    initContainers: initContainers.map(hidden),
    uninitialized: initContainers.map((each) => each.name),
  };
}

type Phase = NonNullable<PodStatus['phase']>;

/** kubelet: getPhase. A container in back-off counts as stopped, not as waiting. */
function phaseOf({ pod, containers, initContainers = [], uninitialized = [], ended }: PodStatusInput): Phase {
  const policy = pod.spec.restartPolicy ?? 'Always';
  if (uninitialized.length > 0 && !ended) {
    const lost = initContainers.some((each) => (each.state.terminated?.exitCode ?? 0) !== 0);
    return lost && policy === 'Never' ? 'Failed' : 'Pending';
  }
  const exits = containers.map((each) => each.state.terminated ?? each.lastState.terminated);
  const begun = uninitialized.length > 0 ? initContainers.map((each) => each.state.terminated) : [];
  const failed = [...exits, ...begun].some((each) => each !== undefined && each.exitCode !== 0);
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
    { type: 'PodReadyToStartContainers', status: input.ended || input.published === false ? 'False' : 'True' },
    initialized(input, phase),
    readyCondition(input.pod, containersReady, known),
    containersReady,
  ];
  const types = new Set(own.map((each) => each.type));
  const before = [...(input.made ?? []), ...known];
  return [...own.map((each) => withTimes(each, before, input.now)), ...known.filter((each) => !types.has(each.type))];
}

function initialized({ uninitialized = [] }: PodStatusInput, phase: Phase): PodCondition {
  if (phase === 'Succeeded') return { type: 'Initialized', status: 'True', reason: 'PodCompleted' };
  if (uninitialized.length === 0) return { type: 'Initialized', status: 'True' };
  return {
    type: 'Initialized',
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${uninitialized.join(' ')}]`,
  };
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
