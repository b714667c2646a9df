/** What every part of one kubelet shares. */
import type { Clock } from '@rouse/contract';
import type { Kube } from '@rouse/kube';
import type { EventRecorder } from './events.ts';
import type { LaunchSource } from './launch.ts';
import type { Container, Pod } from './pod.ts';
import type { PodVolumes } from './pod-volumes.ts';
import type { Reaper } from './reaper.ts';
import type { Stragglers } from './stragglers.ts';

/** What a logger must offer; `fields` are plain values. */
export interface KubeletLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface KubeletContext {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: KubeletLog;
  readonly reaper: Reaper;
  readonly stragglers: Stragglers;
  readonly events: EventRecorder;
  readonly hostIp: string;
  podIp(pod: Pod): string;
  /** From a container's start until the pod's status tells of it, and of the pod's address. */
  readonly statusDelayMs: number;
  launchSource(pod: Pod): LaunchSource;
  /** Of one pod, for the whole of its life; undefined where volumes are not made. */
  volumesOf(pod: () => Pod): PodVolumes | undefined;
  /** A new instance of a container is about to print. */
  beginRun(pod: Pod, container: Container): void;
  /** One line of a container's output, not yet prefixed. */
  out(pod: Pod, container: Container, line: string): void;
  /** A container has no command; told once per pod and container. */
  onNoCommand(pod: Pod, container: Container, message: string): void;
  /** New for each container instance. */
  nextContainerId(): string;
}
