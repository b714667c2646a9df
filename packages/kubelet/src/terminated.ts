/** What a status says of a container's instance that ended, or never ran. */
import { constants } from 'node:os';
import type { Terminated } from './pod.ts';
import type { Exit } from './process-group.ts';

/** runc's exit code and containerd's reason for what never ran. */
const START_ERROR = { exitCode: 128, reason: 'StartError', startedAt: '1970-01-01T00:00:00Z' };

/** @param now and `startedAt` as the API writes times */
export function terminatedBy(
  { exitCode, signal }: Exit,
  containerId: string,
  startedAt: string,
  now: string,
): Terminated {
  const number = signal === null ? undefined : constants.signals[signal];
  const code = exitCode ?? 128 + (number ?? 0);
  return {
    exitCode: code,
    ...(number === undefined ? {} : { signal: number }),
    reason: code === 0 ? 'Completed' : 'Error',
    startedAt,
    finishedAt: now,
    containerID: `rouse://${containerId}`,
  };
}

/** Its program could not be run. */
export function notStarted(message: string, now: string): Terminated {
  return { ...START_ERROR, message, finishedAt: now };
}

/** The pod ended before it began, in a kubelet's words. */
export function neverRan(now: string): Terminated {
  const message = 'The container could not be located when the pod was terminated';
  return { exitCode: 137, reason: 'ContainerStatusUnknown', message, startedAt: now, finishedAt: now };
}
