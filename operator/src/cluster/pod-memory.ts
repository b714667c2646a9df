/** What a pod's present status no longer shows: that it was Ready in this run, that its image could not be pulled. */
import type { PodRecord } from './pod-record.ts';

export interface PodMemory {
  see(pod: PodRecord): void;
  forget(uid: string): void;
  /** The pod was Ready during the present run of this container. */
  readySeen(pod: PodRecord, container: string): boolean;
  pullFailed(uid: string): boolean;
}

export function podMemory(): PodMemory {
  /** By uid: restarts of each container when the pod was last Ready. */
  const readyRuns = new Map<string, ReadonlyMap<string, number>>();
  const pullFailed = new Set<string>();

  return {
    see(pod) {
      if (pod.ready) readyRuns.set(pod.uid, new Map(pod.containers.map((each) => [each.name, each.restarts])));
      const waiting = pod.containers.map((each) => each.waiting?.reason);
      if (waiting.includes('ImagePullBackOff')) pullFailed.add(pod.uid);
      else if (!waiting.includes('ErrImagePull')) pullFailed.delete(pod.uid);
    },
    forget(uid) {
      readyRuns.delete(uid);
      pullFailed.delete(uid);
    },
    readySeen(pod, container) {
      const run = pod.containers.find((each) => each.name === container && !each.init)?.restarts;
      return run !== undefined && readyRuns.get(pod.uid)?.get(container) === run;
    },
    pullFailed: (uid) => pullFailed.has(uid),
  };
}
