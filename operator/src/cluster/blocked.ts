/** Why no pod of a workload will come up by itself, if that is so. */
import type { BlockedCode, BlockedReason } from '@rouse/contract';
import type { CreationRefused } from './creation-refused.ts';
import { type ContainerRecord, isTerminating, type PodRecord } from './pod-record.ts';

/** A container that failed so often to run is in a crash loop: the third start has ended. */
const CRASH_RESTARTS = 2;

const WAITING_CODES: ReadonlyMap<string, BlockedCode> = new Map([
  ['ImagePullBackOff', 'image-pull'],
  ['ErrImageNeverPull', 'image-pull'],
  ['InvalidImageName', 'invalid-image-name'],
  ['CreateContainerConfigError', 'container-config'],
]);

export interface BlockedInputs {
  /** Every pod of the workload. */
  readonly pods: readonly PodRecord[];
  /** Set once the API has refused to create pods for long enough. */
  readonly creationRefused: CreationRefused | null;
  /** `rouse.dev/fail-fast: unschedulable`. */
  readonly failFastUnschedulable: boolean;
  /** True when the pod's image was in ImagePullBackOff before: between its attempts it shows ErrImagePull. */
  pullFailedBefore(uid: string): boolean;
}

/** The oldest pod's reason, or the refusal; null while any pod may still come up or there is nothing to judge. */
export function blockedReason(inputs: BlockedInputs): BlockedReason | null {
  const pods = inputs.pods.filter((pod) => !isTerminating(pod));
  const reasons = pods.map((pod) => podReason(pod, inputs));
  if (reasons.includes(null)) return null;
  const [first] = reasons;
  if (first !== undefined) return first;
  const refused = inputs.creationRefused;
  return refused === null ? null : reason('creation-refused', refused.message || refused.reason);
}

function podReason(pod: PodRecord, inputs: BlockedInputs): BlockedReason | null {
  if (pod.ready) return null;
  if (pod.unschedulable !== null && inputs.failFastUnschedulable) {
    return reason('unschedulable', `${pod.name}: ${pod.unschedulable || 'no node can take it'}`);
  }
  for (const container of pod.containers) {
    const code = containerCode(container, inputs.pullFailedBefore(pod.uid));
    if (code !== null) return reason(code, `${pod.name}, container ${container.name}: ${detail(container)}`);
  }
  return null;
}

function containerCode(container: ContainerRecord, pullFailedBefore: boolean): BlockedCode | null {
  const waiting = container.waiting?.reason;
  if (waiting === 'ErrImagePull') return pullFailedBefore ? 'image-pull' : null;
  const known = waiting === undefined ? undefined : WAITING_CODES.get(waiting);
  if (known !== undefined) return known;
  if (container.restarts < CRASH_RESTARTS) return null;
  // Between the end of a run and the back-off the container shows as terminated; a finished init container does too.
  const crashed = waiting === 'CrashLoopBackOff' || (container.terminated && !(container.init && container.ready));
  return crashed ? 'crash-loop' : null;
}

function detail(container: ContainerRecord): string {
  const exit = container.lastExit;
  const parts = [
    container.waiting?.reason,
    container.waiting?.message,
    exit === null ? undefined : `exited with ${exit.code}${exit.reason === '' ? '' : ` (${exit.reason})`}`,
    exit?.message.replaceAll(/\s+/g, ' ').trim(),
    container.restarts > 0 ? `${container.restarts} restarts` : undefined,
  ];
  return parts.filter((part) => part !== undefined && part !== '').join(', ');
}

function reason(code: BlockedCode, message: string): BlockedReason {
  return { code, message };
}
